//! Object files: executables, libraries and archives of ELF, Mach-O and PE.
//!
//! Sections are classified by their flags and names, because the kinds that tables of contents have
//! differ between formats: on ELF, debug information has none, and unwind tables count as read-only data.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Read, Seek};

use object::read::archive::ArchiveFile;
use object::{
    FileKind, Object, ObjectSection, ObjectSegment, ReadCache, ReadRef, SectionFlags, elf, macho,
    pe,
};

/// Machine code.
pub const TEXT: &str = "text";
/// Data that is never written.
pub const RODATA: &str = "rodata";
/// Data that is written, with its initial values.
pub const DATA: &str = "data";
/// Memory that is zero at the start and takes no room in the file.
pub const BSS: &str = "bss";
/// Tables for panics and backtraces.
pub const UNWIND: &str = "unwind";
/// Debug information.
pub const DEBUG: &str = "debug";
/// Symbols with their names.
pub const SYMBOLS: &str = "symbols";

/// The first bytes of an archive.
const ARCHIVE: &[u8] = b"!<arch>\n";

/// Members of a Rust library that are not object files: its metadata.
const METADATA: &[&[u8]] = &[b"lib.rmeta", b"rust.metadata.bin"];

/// Sizes in bytes by kind of section.
type Sizes = BTreeMap<Cow<'static, str>, u64>;

/// Returns the size of each kind of section, in bytes. An archive has the sums over its members.
///
/// # Errors
/// If the file cannot be read or has another format.
pub fn sizes(file: impl Read + Seek) -> Result<Sizes, String> {
    let cache = ReadCache::new(file);
    let data = &cache;
    let start = data.read_bytes_at(0, ARCHIVE.len() as u64);
    let mut sizes = Sizes::new();
    if start != Ok(ARCHIVE) {
        add(data, &mut sizes)?;
        return Ok(sizes);
    }
    let archive = ArchiveFile::parse(data).map_err(|error| error.to_string())?;
    if archive.is_thin() {
        return Err("a thin archive has its members elsewhere".to_owned());
    }
    for member in archive.members() {
        let member = member.map_err(|error| error.to_string())?;
        if !METADATA.contains(&member.name()) {
            let bytes = member.data(data).map_err(|error| error.to_string())?;
            add(bytes, &mut sizes)?;
        }
    }
    Ok(sizes)
}

/// Adds the sizes of the sections of one object file.
fn add<'data, R: ReadRef<'data>>(data: R, sizes: &mut Sizes) -> Result<(), String> {
    let kind = FileKind::parse(data).map_err(|error| error.to_string())?;
    let is_known = matches!(
        kind,
        FileKind::Elf32
            | FileKind::Elf64
            | FileKind::MachO32
            | FileKind::MachO64
            | FileKind::Pe32
            | FileKind::Pe64
            | FileKind::Coff
            | FileKind::CoffBig
    );
    if !is_known {
        return Err(format!("files of the format {kind:?} are not read"));
    }
    let file = object::File::parse(data).map_err(|error| error.to_string())?;
    for section in file.sections() {
        let name = section.name_bytes().unwrap_or_default();
        let segment = section.segment_name_bytes().ok().flatten();
        let kind = kind_of(section.flags(), name, segment.unwrap_or_default());
        if let Some(kind) = kind {
            *sizes.entry(kind.into()).or_default() += section.size();
        }
    }
    // Mach-O has symbols in a segment without sections.
    for segment in file.segments() {
        if segment.name_bytes() == Ok(Some(b"__LINKEDIT")) {
            *sizes.entry(SYMBOLS.into()).or_default() += segment.file_range().1;
        }
    }
    Ok(())
}

/// Returns the kind of a section. `None` if it is neither loaded nor read by debuggers.
fn kind_of(flags: SectionFlags, name: &[u8], segment: &[u8]) -> Option<&'static str> {
    match flags {
        SectionFlags::Elf { sh_flags, sh_type } => {
            kind_in_elf(sh_flags, sh_type == elf::SHT_NOBITS, name)
        }
        SectionFlags::MachO { flags, .. } => Some(kind_in_mach_o(flags, name, segment)),
        SectionFlags::Coff { characteristics } => kind_in_coff(characteristics, name),
        _ => None,
    }
}

fn kind_in_elf(flags: elf::SectionFlags, is_zero: bool, name: &[u8]) -> Option<&'static str> {
    let has = |flag: elf::SectionFlags| flags.0 & flag.0 != 0;
    let starts = |prefixes: &[&str]| prefixes.iter().any(|one| name.starts_with(one.as_bytes()));
    if !has(elf::SHF_ALLOC) {
        return match name {
            b".symtab" | b".strtab" | b".shstrtab" => Some(SYMBOLS),
            _ if starts(&[".debug_", ".zdebug_", ".gdb_index"]) => Some(DEBUG),
            _ => None,
        };
    }
    Some(if has(elf::SHF_EXECINSTR) {
        TEXT
    } else if starts(&[".eh_frame", ".gcc_except_table", ".ARM.ex"]) {
        UNWIND
    } else if is_zero {
        BSS
    } else if has(elf::SHF_WRITE) {
        DATA
    } else {
        RODATA
    })
}

fn kind_in_mach_o(flags: macho::SectionFlags, name: &[u8], segment: &[u8]) -> &'static str {
    let is_zero = matches!(
        flags.typ(),
        macho::S_ZEROFILL | macho::S_GB_ZEROFILL | macho::S_THREAD_LOCAL_ZEROFILL
    );
    let code = macho::S_ATTR_PURE_INSTRUCTIONS.0 | macho::S_ATTR_SOME_INSTRUCTIONS.0;
    let is_code = flags.0 & code != 0;
    match (segment, name) {
        (b"__DWARF", _) => DEBUG,
        _ if is_zero => BSS,
        _ if is_code => TEXT,
        (_, b"__unwind_info" | b"__eh_frame" | b"__gcc_except_tab" | b"__compact_unwind") => UNWIND,
        (b"__TEXT", _) => RODATA,
        _ => DATA,
    }
}

fn kind_in_coff(flags: pe::SectionFlags, name: &[u8]) -> Option<&'static str> {
    let has = |flag: pe::SectionFlags| flags.0 & flag.0 != 0;
    if name.starts_with(b".debug") {
        return Some(DEBUG);
    }
    if matches!(name, b".pdata" | b".xdata") || name.starts_with(b".eh_frame") {
        return Some(UNWIND);
    }
    if has(pe::IMAGE_SCN_LNK_REMOVE) || has(pe::IMAGE_SCN_LNK_INFO) {
        return None;
    }
    Some(
        if has(pe::IMAGE_SCN_CNT_CODE) || has(pe::IMAGE_SCN_MEM_EXECUTE) {
            TEXT
        } else if has(pe::IMAGE_SCN_CNT_UNINITIALIZED_DATA) {
            BSS
        } else if has(pe::IMAGE_SCN_MEM_WRITE) {
            DATA
        } else {
            RODATA
        },
    )
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Cursor;

    use super::*;

    #[test]
    fn sections_are_classified_by_flags_and_names() {
        let (alloc, code, write) = (elf::SHF_ALLOC.0, elf::SHF_EXECINSTR.0, elf::SHF_WRITE.0);
        for (name, flags, is_zero, expected) in [
            (".text", alloc | code, false, Some(TEXT)),
            (".plt", alloc | code, false, Some(TEXT)),
            (".rodata", alloc, false, Some(RODATA)),
            (".dynsym", alloc, false, Some(RODATA)),
            (".eh_frame_hdr", alloc, false, Some(UNWIND)),
            (".gcc_except_table", alloc, false, Some(UNWIND)),
            (".data.rel.ro", alloc | write, false, Some(DATA)),
            (".bss", alloc | write, true, Some(BSS)),
            (".relro_padding", alloc | write, true, Some(BSS)),
            (".debug_info", 0, false, Some(DEBUG)),
            (".symtab", 0, false, Some(SYMBOLS)),
            (".comment", 0, false, None),
        ] {
            let found = kind_in_elf(elf::SectionFlags(flags), is_zero, name.as_bytes());
            assert_eq!(found, expected, "{name}");
        }
        let instructions = macho::S_ATTR_PURE_INSTRUCTIONS.0;
        let zero = u32::from(macho::S_ZEROFILL.0);
        for (segment, name, flags, expected) in [
            ("__TEXT", "__text", instructions, TEXT),
            ("__TEXT", "__const", 0, RODATA),
            ("__TEXT", "__unwind_info", 0, UNWIND),
            ("__DATA_CONST", "__const", 0, DATA),
            ("__DATA", "__bss", zero, BSS),
            ("__DWARF", "__debug_info", 0, DEBUG),
        ] {
            let (name, segment) = (name.as_bytes(), segment.as_bytes());
            let found = kind_in_mach_o(macho::SectionFlags(flags), name, segment);
            assert_eq!(found, expected, "{segment:?} {name:?}");
        }
        let (code, data) = (
            pe::IMAGE_SCN_CNT_CODE.0,
            pe::IMAGE_SCN_CNT_INITIALIZED_DATA.0,
        );
        for (name, flags, expected) in [
            (".text", code, Some(TEXT)),
            (".rdata", data, Some(RODATA)),
            (".pdata", data, Some(UNWIND)),
            (".data", data | pe::IMAGE_SCN_MEM_WRITE.0, Some(DATA)),
            (".bss", pe::IMAGE_SCN_CNT_UNINITIALIZED_DATA.0, Some(BSS)),
            (".debug$S", data, Some(DEBUG)),
            (".drectve", pe::IMAGE_SCN_LNK_INFO.0, None),
        ] {
            let found = kind_in_coff(pe::SectionFlags(flags), name.as_bytes());
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn executable_has_code_and_data_within_its_length() {
        let path = std::env::current_exe().unwrap();
        let length = path.metadata().unwrap().len();
        let sizes = sizes(File::open(path).unwrap()).unwrap();
        assert!(sizes[TEXT] > 1_000_000, "{sizes:?}");
        assert!(sizes[RODATA] > 1000, "{sizes:?}");
        let in_file = sizes.iter().filter(|(kind, _)| *kind != BSS);
        assert!(in_file.map(|(_, size)| size).sum::<u64>() <= length);
    }

    #[test]
    fn damaged_files_are_errors() {
        let executable = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let archive = |rest: &str| format!("!<arch>\n{rest}").into_bytes();
        for bytes in [
            Vec::new(),
            b"#!/bin/sh\n".to_vec(),
            b"\0asm\x01\0\0\0".to_vec(),
            executable[..200].to_vec(),
            archive("a/              0           0     0     644     99999     `\nx"),
            archive("a/              0           0     0     644     4         `\ntext"),
        ] {
            let start = String::from_utf8_lossy(&bytes[..bytes.len().min(20)]).into_owned();
            let found = sizes(Cursor::new(bytes));
            assert!(found.is_err(), "{start:?}: {found:?}");
        }
    }
}
