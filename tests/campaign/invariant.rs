//! What has to be true of a study file after anything that can happen to it.

use polarscope::store::Store;
use std::path::Path;
use std::process::Command;

/// Whether everything acknowledged is in the file at `out`, and the run that goes on with it ends in `whole`, the bytes of a
/// run that nothing interrupted, with nothing else left beside it; what is wrong, where something is.
pub fn holds(study: &Path, out: &Path, acknowledged: usize, whole: &[u8]) -> Result<(), String> {
    if acknowledged > 0 {
        let results = Store::open(out).and_then(|store| store.results());
        let there = results.map_err(|error| format!("{acknowledged} trials were acknowledged: {error}"))?.finished();
        if there < acknowledged {
            return Err(format!("{acknowledged} trials were acknowledged, and the file has {there}"));
        }
    }
    let mut resume = Command::new(env!("CARGO_BIN_EXE_polarscope"));
    let output = resume.arg("run").arg(study).arg("--out").arg(out).args(["--resume", "--device", "cpu"]).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("it does not resume: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    if std::fs::read(out).map_err(|error| error.to_string())? != whole {
        return Err("it ends in other bytes than a run that nothing interrupted".to_owned());
    }
    let folder = std::fs::read_dir(out.parent().ok_or("no folder")?).map_err(|error| error.to_string())?;
    let others = folder.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let others: Vec<String> = others.filter(|name| !out.ends_with(name)).collect();
    if others.is_empty() { Ok(()) } else { Err(format!("it leaves {} behind", others.join(", "))) }
}
