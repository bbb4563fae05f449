//! What the command knows from its build: its version, and the files that it carries.

#![expect(clippy::print_stdout, reason = "that is how Cargo is told")]

mod embedded;
mod version;

fn main() -> std::io::Result<()> {
    version::set();
    embedded::write()
}
