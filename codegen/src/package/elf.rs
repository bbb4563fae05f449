//! The needs of a function's binary on the machine that runs it.

use anyhow::{Context, bail, ensure};
use object::Endianness;
use object::elf::{EM_AARCH64, EM_X86_64, VER_FLG_WEAK};
use object::read::elf::{ElfFile64, FileHeader as _};

/// The glibc of Amazon Linux 2023, on which `provided.al2023` is built:
/// [Lambda runtimes](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html).
const LAMBDA_GLIBC: (u32, u32) = (2, 34);

/// Refuses a binary that would not start on Lambda.
///
/// # Errors
/// The program is not a 64-bit ELF file, is for another processor, or uses symbols of a newer glibc.
pub(super) fn check(program: &[u8], architecture: &str) -> anyhow::Result<()> {
    let file = ElfFile64::<Endianness>::parse(program).context("is not a 64-bit ELF binary")?;
    let machine = file.elf_header().e_machine(file.endian());
    let built_for = match machine {
        EM_X86_64 => "x86_64",
        EM_AARCH64 => "arm64",
        other => bail!("is for a processor that Lambda does not have (ELF machine {other})"),
    };
    ensure!(
        built_for == architecture,
        "is built for {built_for}, not for {architecture}"
    );
    let newest = newest_glibc(program, &file)?;
    let (major, minor) = newest;
    let (most_major, most_minor) = LAMBDA_GLIBC;
    ensure!(
        newest <= LAMBDA_GLIBC,
        "needs glibc {major}.{minor}, and Lambda's provided.al2023 has {most_major}.{most_minor}: \
         install cargo-zigbuild (`pip install cargo-zigbuild ziglang`), which builds for an older glibc"
    );
    Ok(())
}

/// Finds the newest version of glibc that the binary needs to start.
fn newest_glibc(program: &[u8], file: &ElfFile64<'_, Endianness>) -> anyhow::Result<(u32, u32)> {
    let endian = file.endian();
    let sections = file.elf_section_table();
    let mut newest = (0, 0);
    // A binary that is linked statically has no such section, and needs no glibc.
    let Some((mut needed, link)) = sections.gnu_verneed(endian, program)? else {
        return Ok(newest);
    };
    let strings = sections.strings(endian, program, link)?;
    while let Some((_, mut versions)) = needed.next()? {
        while let Some(version) = versions.next()? {
            let name = std::str::from_utf8(version.name(endian, strings)?)?;
            // The loader starts a program without weak symbols that it does not find.
            let is_weak = version.vna_flags.get(endian).contains(VER_FLG_WEAK);
            if let Some(number) = glibc(name)
                && !is_weak
            {
                newest = newest.max(number);
            }
        }
    }
    Ok(newest)
}

/// `GLIBC_2.34` as a number.
fn glibc(name: &str) -> Option<(u32, u32)> {
    // A third number, as in `GLIBC_2.2.5`, is left out: only very old versions have one.
    let mut parts = name.strip_prefix("GLIBC_")?.split('.');
    let major = parts.next()?.parse().ok()?;
    Some((major, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(glibc("GLIBC_2.4") < glibc("GLIBC_2.34"));
        assert_eq!(glibc("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(glibc("GCC_3.0"), None);
    }

    #[test]
    fn what_is_no_binary_is_refused() {
        let error = check(b"#!/bin/sh\n", "x86_64").unwrap_err();
        assert!(error.to_string().contains("ELF"), "{error}");
    }

    #[test]
    fn another_processor_is_refused() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let other = if cfg!(target_arch = "x86_64") {
            "arm64"
        } else {
            "x86_64"
        };
        let error = check(&program, other).unwrap_err();
        assert!(error.to_string().contains("is built for"), "{error}");
    }
}
