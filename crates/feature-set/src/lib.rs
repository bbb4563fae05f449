//! Names features of crates that others share, and nothing else: see `Cargo.toml`.
