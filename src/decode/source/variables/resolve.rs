//! Finds the names that reads have, through the functions that pass them on.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Argument, Call, Callee, DirectName, Function, FunctionKind, OF_TYPE, VariableFacts, is_variable,
};

/// A read of a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VariableRead {
    /// Index of the file.
    pub file: usize,
    /// 1-based.
    pub line: u32,
    /// Name of the variable. `None` if it is unknown.
    pub name: Option<String>,
    /// The beginning of an unknown name, as far as it is known.
    pub prefix: String,
    /// Whether it is in test code.
    pub is_test: bool,
}

/// A parameter of a function that is the name of a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reader {
    kind: FunctionKind,
    parameter: usize,
    /// The file of a closure, which is called there only.
    file: Option<usize>,
    /// Where it is defined: file and index among its functions.
    definition: (usize, usize),
}

/// The parameters by the name of the function.
type Readers = BTreeMap<String, BTreeSet<Reader>>;

/// Returns the reads of variables in all files, in their order.
pub fn resolve(files: &[VariableFacts]) -> Vec<VariableRead> {
    let readers = readers(files);
    let resolver = Resolver {
        files,
        constants: constants(files),
        readers,
    };
    let mut found = BTreeSet::new();
    let mut used = BTreeSet::new();
    for (file, facts) in files.iter().enumerate() {
        for call in &facts.calls {
            for (argument, definition) in resolver.names(file, call) {
                used.extend(definition);
                resolver.add(file, call, argument, &mut found);
            }
        }
        for read in &facts.direct {
            let known = resolver.direct(file, &read.what);
            let (names, prefix) = match known {
                Ok(names) => (names.into_iter().map(Some).collect(), String::new()),
                Err(prefix) => (vec![None], prefix),
            };
            found.extend(names.into_iter().map(|name| VariableRead {
                file,
                line: read.line,
                name,
                prefix: prefix.clone(),
                is_test: read.is_test,
            }));
        }
    }
    found.extend(resolver.unused(&used));
    found.into_iter().collect()
}

struct Resolver<'a> {
    files: &'a [VariableFacts],
    /// Constants with the same value in every file that has them.
    constants: BTreeMap<&'a str, Option<&'a [String]>>,
    readers: Readers,
}

impl Resolver<'_> {
    /// Returns the arguments of a call that are names of variables, each with the function that reads it.
    fn names<'c>(
        &self,
        file: usize,
        call: &'c Call,
    ) -> Vec<(&'c Argument, Option<(usize, usize)>)> {
        arguments(&self.readers, file, call)
    }

    fn add(
        &self,
        file: usize,
        call: &Call,
        argument: &Argument,
        found: &mut BTreeSet<VariableRead>,
    ) {
        let read = |name: Option<&str>, prefix: &str| VariableRead {
            file,
            line: call.line,
            name: name.map(str::to_owned),
            prefix: prefix.to_owned(),
            is_test: call.is_test,
        };
        match argument {
            Argument::Texts(texts) => {
                let texts = texts.iter().filter(|text| may_be_meant(call, text));
                found.extend(texts.map(|text| read(Some(text), "")));
            }
            Argument::Constant(name) => match self.constant(file, name) {
                Some(texts) => found.extend(texts.iter().map(|text| read(Some(text), ""))),
                None => _ = found.insert(read(None, "")),
            },
            Argument::Prefix(prefix) => _ = found.insert(read(None, prefix)),
            // The calls of the function or macro around it are the reads.
            Argument::Parameter(..) => {}
            Argument::MacroParameter if is_in_macro(&self.files[file], call) => {}
            // Any method may have the name of one that reads variables.
            Argument::Other if matches!(call.callee, Callee::Method(_)) => {}
            Argument::MacroParameter | Argument::Other | Argument::Unknown => {
                found.insert(read(None, ""));
            }
        }
    }

    /// Returns the values of a constant: of the file, or of every file.
    fn constant(&self, file: usize, name: &str) -> Option<Vec<String>> {
        if let Some(name) = name.strip_prefix(OF_TYPE) {
            return self.constant_of_types(name);
        }
        let texts = match self.files[file].constants.get(name) {
            Some(own) => own.as_deref(),
            None => self.constants.get(name).copied().flatten(),
        };
        texts.map(<[String]>::to_vec)
    }

    /// Returns the values of a constant in all types.
    fn constant_of_types(&self, name: &str) -> Option<Vec<String>> {
        let known = self
            .files
            .iter()
            .filter_map(|facts| facts.constants.get(name));
        let mut texts = Vec::new();
        for values in known {
            texts.extend(values.as_ref()?.iter().cloned());
        }
        (!texts.is_empty()).then_some(texts)
    }

    /// Returns the names of a direct read, or the beginning of unknown ones.
    fn direct(&self, file: usize, what: &DirectName) -> Result<Vec<String>, String> {
        match what {
            DirectName::Text(text) => Ok(vec![text.clone()]),
            DirectName::Constant(name) => self.constant(file, name).ok_or_else(String::new),
            DirectName::Fields(prefix, structure) => {
                let own = self.files[file].structs.get(structure);
                let mut others = self
                    .files
                    .iter()
                    .filter_map(|facts| facts.structs.get(structure));
                let fields = own
                    .or_else(|| others.next())
                    .ok_or_else(|| prefix.clone())?;
                Ok(fields
                    .iter()
                    .map(|field| format!("{prefix}{field}"))
                    .collect())
            }
            DirectName::Prefix(prefix) => Err(prefix.clone()),
            DirectName::Unknown => Err(String::new()),
        }
    }

    /// Returns a read of an unknown name for each function that reads variables and that no call in the
    /// sources names one for.
    fn unused(&self, used: &BTreeSet<(usize, usize)>) -> Vec<VariableRead> {
        let definitions: BTreeSet<(usize, usize)> = self
            .readers
            .values()
            .flatten()
            .map(|reader| reader.definition)
            .filter(|definition| !used.contains(definition))
            .collect();
        let unused = definitions.into_iter().map(|(file, index)| {
            let function = &self.files[file].functions[index];
            VariableRead {
                file,
                line: function.line,
                name: None,
                prefix: String::new(),
                is_test: function.is_test,
            }
        });
        unused.collect()
    }
}

/// Returns the arguments of a call that are names of variables, each with the function that reads it.
/// `None` for the standard library's.
fn arguments<'c>(
    readers: &Readers,
    file: usize,
    call: &'c Call,
) -> Vec<(&'c Argument, Option<(usize, usize)>)> {
    let name = match &call.callee {
        Callee::Environment => {
            return call
                .arguments
                .iter()
                .map(|argument| (argument, None))
                .collect();
        }
        Callee::Path(name, _) | Callee::Method(name) | Callee::Macro(name) => name,
    };
    let mut found = Vec::new();
    for reader in readers.get(name).into_iter().flatten() {
        if !is_called(reader, file, &call.callee) {
            continue;
        }
        let definition = Some(reader.definition);
        match reader.kind {
            FunctionKind::Macro => {
                found.extend(call.arguments.iter().map(|argument| (argument, definition)));
            }
            _ => {
                let argument = call.arguments.get(reader.parameter);
                found.extend(argument.map(|argument| (argument, definition)));
            }
        }
    }
    found
}

/// Returns whether a call may be one of this function.
fn is_called(reader: &Reader, file: usize, callee: &Callee) -> bool {
    let is_type = |name: &String| name.starts_with(|c: char| c.is_ascii_uppercase());
    match (&reader.kind, callee) {
        (FunctionKind::Macro, Callee::Macro(_)) => true,
        (FunctionKind::Closure, Callee::Path(_, None)) => reader.file == Some(file),
        (FunctionKind::Free, Callee::Path(_, qualifier)) => {
            !qualifier.as_ref().is_some_and(is_type)
        }
        (FunctionKind::Associated(owner), Callee::Path(_, Some(qualifier))) => {
            qualifier == owner || qualifier == "Self" && reader.definition.0 == file
        }
        (FunctionKind::Associated(_), Callee::Method(_)) => true,
        _ => false,
    }
}

/// Returns whether a text is the name of a variable. Methods and macros of any type may have the same
/// name, so that only a text in capitals is meant there.
fn may_be_meant(call: &Call, text: &str) -> bool {
    match call.callee {
        Callee::Method(_) | Callee::Macro(_) => is_variable(text),
        Callee::Environment | Callee::Path(..) => !text.is_empty(),
    }
}

/// Returns whether a call is in the definition of a macro.
fn is_in_macro(facts: &VariableFacts, call: &Call) -> bool {
    call.around
        .iter()
        .any(|index| facts.functions[*index].kind == FunctionKind::Macro)
}

/// Returns the constants of all files. The value is `None` where files disagree.
fn constants(files: &[VariableFacts]) -> BTreeMap<&str, Option<&[String]>> {
    let mut constants = BTreeMap::new();
    for (name, texts) in files.iter().flat_map(|facts| &facts.constants) {
        let texts = texts.as_deref();
        let known = constants.entry(name.as_str()).or_insert(texts);
        if *known != texts {
            *known = None;
        }
    }
    constants
}

/// Returns the parameters of functions that are names of variables. A function whose parameter is passed
/// to one of them is added until there are no more.
fn readers(files: &[VariableFacts]) -> Readers {
    let mut readers = Readers::new();
    loop {
        let mut more = Vec::new();
        for (file, facts) in files.iter().enumerate() {
            for call in &facts.calls {
                for (argument, _) in arguments(&readers, file, call) {
                    more.extend(reader(file, facts, call, argument));
                }
            }
        }
        let mut is_complete = true;
        for (name, reader) in more {
            is_complete &= !readers.entry(name).or_default().insert(reader);
        }
        if is_complete {
            return readers;
        }
    }
}

/// Returns the function around a call that passes its parameter on as a name.
fn reader(
    file: usize,
    facts: &VariableFacts,
    call: &Call,
    argument: &Argument,
) -> Option<(String, Reader)> {
    let (index, parameter) = match argument {
        Argument::Parameter(around, parameter) => (*call.around.get(*around)?, *parameter),
        Argument::MacroParameter => {
            let is_macro = |index: &&usize| facts.functions[**index].kind == FunctionKind::Macro;
            (*call.around.iter().rev().find(is_macro)?, 0)
        }
        _ => return None,
    };
    let Function { name, kind, .. } = &facts.functions[index];
    let is_closure = *kind == FunctionKind::Closure;
    let reader = Reader {
        kind: kind.clone(),
        parameter,
        file: is_closure.then_some(file),
        definition: (file, index),
    };
    Some((name.clone(), reader))
}
