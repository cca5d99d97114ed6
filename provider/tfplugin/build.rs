//! Generates the protocol's messages and services, without `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["proto/types.proto", "proto/tfplugin6.proto", "proto/plugin.proto", "proto/health.proto"];
    let descriptors = protox::compile(files, ["proto"])?;
    tonic_prost_build::configure()
        .build_client(false)
        .generate_default_stubs(true)
        .bytes(".")
        .compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed=proto");
    Ok(())
}
