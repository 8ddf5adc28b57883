//! Names as they are shown.

/// The last part of a path; other names, such as those of repositories, as they are.
#[must_use]
pub fn short(path: &str) -> &str {
    match path.rsplit(['/', '\\']).next() {
        Some(name) if path.starts_with(['/', '.', '~']) || path.contains(":\\") => name,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shortened_and_names_are_not() {
        assert_eq!(short("/data/models/it.gguf"), "it.gguf");
        assert_eq!(short("EleutherAI/pythia-410m"), "EleutherAI/pythia-410m");
        assert_eq!(short("demo"), "demo");
    }
}
