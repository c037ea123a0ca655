//! A strict reader of XML, as far as reports of coverage need it.
//!
//! It passes on elements and text in one pass over the document. Declarations of entities are
//! refused, so that nothing expands.

/// The most elements that may be open.
const DEPTH: usize = 64;

/// A part of a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// The start of an element. An empty element ends next.
    Start(Element<'a>),
    /// The end of the innermost element, which is no longer open.
    End(&'a str),
    /// Text with references to characters as they are written.
    Text(&'a str),
}

/// The start of an element.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) name: &'a str,
    /// Names and values as they are written.
    attributes: Vec<(&'a str, &'a str)>,
}

impl Element<'_> {
    /// Returns the value of an attribute.
    ///
    /// # Errors
    /// If it is missing, or refers to an entity that XML does not define.
    pub(super) fn attribute(&self, name: &str) -> Result<String, String> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|(own, _)| *own == name);
        let (_, value) = found.ok_or_else(|| format!("`{}` has no `{name}`", self.name))?;
        unescaped(value)
    }
}

/// Reads a document.
pub(super) struct Reader<'a> {
    rest: &'a str,
    /// The names of the open elements, the innermost last.
    open: Vec<&'a str>,
    /// Whether the innermost element was empty.
    is_empty: bool,
    /// Whether the outermost element has begun.
    has_root: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            open: Vec::new(),
            is_empty: false,
            has_root: false,
        }
    }

    /// Returns the names of the open elements, the innermost last.
    pub(super) fn open(&self) -> &[&'a str] {
        &self.open
    }

    /// Returns the next part. `None` at the end of the document.
    ///
    /// # Errors
    /// If the document is not well-formed, incomplete, or declares entities.
    pub(super) fn next(&mut self) -> Result<Option<Part<'a>>, String> {
        if std::mem::take(&mut self.is_empty)
            && let Some(name) = self.open.pop()
        {
            return Ok(Some(Part::End(name)));
        }
        loop {
            if self.rest.is_empty() {
                return self.end();
            }
            let Some(markup) = self.rest.strip_prefix('<') else {
                return self.text().map(Some);
            };
            if let Some(rest) = markup.strip_prefix("!--") {
                self.rest = after(rest, "-->")?.1;
            } else if let Some(rest) = markup.strip_prefix('?') {
                self.rest = after(rest, "?>")?.1;
            } else if let Some(rest) = markup.strip_prefix("!DOCTYPE") {
                let (declaration, rest) = after(rest, ">")?;
                if declaration.contains('[') || self.has_root {
                    return Err("it declares entities or elements".to_owned());
                }
                self.rest = rest;
            } else if let Some(rest) = markup.strip_prefix("![CDATA[") {
                self.rest = after(rest, "]]>")?.1;
            } else if let Some(rest) = markup.strip_prefix('/') {
                return self.end_tag(rest).map(Some);
            } else {
                return self.start_tag(markup).map(Some);
            }
        }
    }

    /// Handles the end of the document.
    fn end(&self) -> Result<Option<Part<'a>>, String> {
        match self.open.last() {
            Some(name) => Err(format!("it ends within `{name}`, cut off")),
            None if !self.has_root => Err("it has no element".to_owned()),
            None => Ok(None),
        }
    }

    fn text(&mut self) -> Result<Part<'a>, String> {
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        if self.open.is_empty() && !text.trim().is_empty() {
            return Err("it has text outside of elements".to_owned());
        }
        self.rest = rest;
        Ok(Part::Text(text))
    }

    fn end_tag(&mut self, rest: &'a str) -> Result<Part<'a>, String> {
        let (name, rest) = after(rest, ">")?;
        let name = name.trim_end();
        if self.open.pop() != Some(name) {
            return Err(format!("`{name}` ends where it is not open"));
        }
        self.rest = rest;
        Ok(Part::End(name))
    }

    fn start_tag(&mut self, rest: &'a str) -> Result<Part<'a>, String> {
        let (name, mut rest) = name(rest).ok_or("a `<` begins no element")?;
        if self.open.is_empty() && self.has_root {
            return Err(format!("`{name}` comes after the end"));
        }
        let mut attributes = Vec::new();
        loop {
            let next = rest.trim_start();
            if let Some(after) = next.strip_prefix("/>") {
                (self.rest, self.is_empty) = (after, true);
                break;
            }
            if let Some(after) = next.strip_prefix('>') {
                self.rest = after;
                break;
            }
            let is_apart = next.len() < rest.len();
            let found = attribute(next).filter(|_| is_apart);
            let (attribute, after) = found.ok_or_else(|| match next {
                _ if !next.contains('>') => format!("it ends within `{name}`, cut off"),
                _ => format!("an attribute of `{name}` is damaged"),
            })?;
            attributes.push(attribute);
            rest = after;
        }
        if self.open.len() == DEPTH {
            return Err(format!("more than {DEPTH} elements are in each other"));
        }
        self.has_root = true;
        self.open.push(name);
        Ok(Part::Start(Element { name, attributes }))
    }
}

/// Splits a text behind an end, which is left out.
fn after<'a>(text: &'a str, end: &str) -> Result<(&'a str, &'a str), String> {
    text.split_once(end)
        .ok_or_else(|| format!("it ends before a `{end}`, cut off"))
}

/// Splits off a name.
fn name(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && !"_-.:".contains(c))
        .unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Splits off an attribute: its name and its value.
fn attribute(text: &str) -> Option<((&str, &str), &str)> {
    let (name, rest) = name(text)?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| ['"', '\''].contains(c))?;
    let (value, rest) = rest[1..].split_once(quote)?;
    (!value.contains('<')).then_some(((name, value), rest))
}

/// Returns a text with references to characters replaced.
///
/// # Errors
/// If it refers to anything else.
pub(super) fn unescaped(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let reference = part.split_once(';');
        let character = reference.and_then(|(name, _)| character(name));
        let (Some(character), Some((_, rest))) = (character, reference) else {
            return Err("it refers to an unknown entity".to_owned());
        };
        found.push(character);
        found.push_str(rest);
    }
    Ok(found)
}

/// Returns the character of a reference.
fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "apos" => Some('\''),
        "gt" => Some('>'),
        "lt" => Some('<'),
        "quot" => Some('"'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the parts of a document, or the error.
    fn shown(text: &str) -> String {
        let mut reader = Reader::new(text);
        let mut shown = String::new();
        loop {
            match reader.next() {
                Ok(Some(Part::Start(element))) => {
                    shown += &format!("<{}", element.name);
                    for (name, _) in &element.attributes {
                        match element.attribute(name) {
                            Ok(value) => shown += &format!(" {name}={value}"),
                            Err(error) => return error,
                        }
                    }
                    shown.push('>');
                }
                Ok(Some(Part::End(name))) => shown += &format!("</{name}>"),
                Ok(Some(Part::Text(text))) => shown += text.trim(),
                Ok(None) => return shown,
                Err(error) => return error,
            }
        }
    }

    #[test]
    fn elements_and_text_are_read() {
        for (text, expected) in [
            (
                "<?xml version=\"1.0\"?>\n<!DOCTYPE a SYSTEM 'x'>\n<a b='1' c = \"&lt;&#65;&#x42;>\">\n<d/>t<!-- <e> --><![CDATA[<f>]]></a >\n",
                "<a b=1 c=<AB>><d></d>t</a>",
            ),
            ("<a><a></a></a>", "<a><a></a></a>"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn damaged_documents_are_refused() {
        let deep = "<a>".repeat(DEPTH + 1);
        for (text, expected) in [
            ("", "it has no element"),
            ("<a>", "it ends within `a`, cut off"),
            ("<a b='1'", "it ends within `a`, cut off"),
            ("<a b='1", "it ends within `a`, cut off"),
            ("<a b='1'c='2'/>", "an attribute of `a` is damaged"),
            ("<a b=1/>", "an attribute of `a` is damaged"),
            ("<a b='<'/>", "an attribute of `a` is damaged"),
            ("<a></b>", "`b` ends where it is not open"),
            ("<a/></a>", "`a` ends where it is not open"),
            ("<a/><b/>", "`b` comes after the end"),
            ("<a/>b", "it has text outside of elements"),
            ("<a><!-- ", "it ends before a `-->`, cut off"),
            ("< a/>", "a `<` begins no element"),
            (
                "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>",
                "it declares entities or elements",
            ),
            ("<a b='&c;'/>", "it refers to an unknown entity"),
            ("<a b='&#1114112;'/>", "it refers to an unknown entity"),
            (&deep, "more than 64 elements are in each other"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
