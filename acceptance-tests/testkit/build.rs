//! Generates the host's side of the plugin protocol from the provider's own text of it, without `protoc`.

const FOLDER: &str = "../../provider/tfplugin/proto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = protox::compile(["types.proto", "tfplugin6.proto", "plugin.proto"], [FOLDER])?;
    tonic_prost_build::configure()
        .build_server(false)
        .build_transport(false)
        .bytes(".")
        .compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed={FOLDER}");
    Ok(())
}
