//! What a study file is after the worst moments: processes killed, disks that are full or fail, power that is cut.
//!
//! Each try runs a small study in a process of its own, ends it at some moment by one kind of fault, and asks
//! [`invariant::holds`]: everything that was acknowledged is there, and the run that goes on ends in the very bytes of a run
//! that nothing interrupted. `POLARSCOPE_CAMPAIGN=1000 cargo test --release --test campaign` tries each kind so often, 50 times
//! where nothing is said; a failure names its try, and `POLARSCOPE_CAMPAIGN_ONLY="power 17"` repeats it alone.
//!
//! Linux only: the faults come from a library that is loaded before the C library (`fault.c`).

#[cfg(target_os = "linux")]
mod child;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod draw;
#[cfg(target_os = "linux")]
mod fault;
#[cfg(target_os = "linux")]
mod invariant;
#[cfg(target_os = "linux")]
mod tries;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("The campaign runs on Linux alone.");
}

#[cfg(target_os = "linux")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, study, out] = arguments.as_slice()
        && first == child::FLAG
    {
        child::run(study.as_ref(), out.as_ref());
    }
    // As with every test: names on the command line select, and there is nothing to list.
    let names: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    if arguments.iter().any(|a| a == "--list") || !(names.is_empty() || names.iter().any(|n| "campaign".contains(*n))) {
        return;
    }
    let failures = tries::all();
    for failure in &failures {
        println!("\n{failure}");
    }
    assert!(failures.is_empty(), "{} tries of the campaign failed", failures.len());
}
