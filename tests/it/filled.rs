//! Random records that gcc fills: what is read is what C wrote, what is written are C's own bytes.

#[test]
fn read_and_written_as_gcc_does() {
    let Some(findings) = xtask::filled::run(200, 21).unwrap() else {
        eprintln!("SKIPPED: no gcc here, so nobody can judge values in memory; install gcc");
        return;
    };
    assert!(findings.records >= 200 && findings.fields > 1000, "{findings:?}");
    let differences = findings.differences;
    assert!(differences.is_empty(), "{}\n{} differ", differences.join("\n"), differences.len());
}
