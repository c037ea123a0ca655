//! Checks that sections, tags and the manifest agree on the version.

use semver::Version;

use super::super::document::ParsedChangelog;
use super::{LintContext, Rule, Violation, line};

pub(super) fn check(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Vec<Violation> {
    manifest(doc, context)
        .into_iter()
        .chain(tags(doc, context))
        .collect()
}

/// Checks that the manifest has the version of the newest section.
///
/// It may be ahead if there is an unreleased section, or if it is a prerelease.
fn manifest(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Option<Violation> {
    let manifest = context.manifest?;
    let (section, newest) = doc
        .sections
        .iter()
        .filter_map(|s| Some((s, &s.release()?.version)))
        .max_by_key(|(_, version)| *version)?;
    if manifest.cmp_precedence(newest).is_lt() && !section.is_pending() {
        let message = format!("{newest} has a section, and the manifest says {manifest}");
        return Some((line(section), Rule::Disagreement, message));
    }
    let tagged = last(context).is_some_and(|tagged| tagged.cmp_precedence(manifest).is_eq());
    let open = tagged || doc.unreleased().is_some() || !manifest.pre.is_empty();
    let top = doc.sections.first().map_or(1, line);
    let message = format!("the manifest says {manifest}, which has no section");
    (manifest.cmp_precedence(newest).is_gt() && !open).then_some((top, Rule::Disagreement, message))
}

/// Checks that the newest tag of a full release has a section.
fn tags(doc: &ParsedChangelog<'_>, context: &LintContext<'_>) -> Option<Violation> {
    let tagged = last(context)?;
    let first = doc.sections.first()?;
    let known = doc
        .sections
        .iter()
        .filter_map(|section| section.release())
        .any(|r| r.version.cmp_precedence(tagged).is_eq());
    let message = format!("{tagged} is tagged and has no section");
    (!known).then(|| (line(first), Rule::Disagreement, message))
}

fn last<'a>(context: &LintContext<'a>) -> Option<&'a Version> {
    context
        .tagged?
        .iter()
        .filter(|version| version.pre.is_empty())
        .max()
}
