//! Names of tensors in messages.

/// How many names a message lists.
const LISTED: usize = 12;
/// How many characters of a name it shows.
const SHOWN: usize = 100;

/// The first of `names`, none longer than a line.
pub fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("{name:.SHOWN$}")).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
