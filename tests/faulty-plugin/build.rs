//! Tells the library which target it is built for.

fn main() {
    let target = std::env::var("TARGET").expect("cargo says the target");
    println!("cargo::rustc-env=FAULTY_TARGET={target}");
    println!("cargo::rerun-if-changed=build.rs");
}
