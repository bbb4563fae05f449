//! What an editor knows of a spec.
