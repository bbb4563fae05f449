//! What the command knows from its build: its version, and the files that it carries.

mod embedded;
mod version;

fn main() -> std::io::Result<()> {
    version::set();
    embedded::write()
}
