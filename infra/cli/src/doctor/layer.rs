//! Whether the policy that is deployed is the one in the folder: file by file, by what the layer holds.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use aws_sdk_lambda::Client;
use rawzip::{CompressionMethod, ZipArchive};

use super::patient::Patient;
use super::report::Report;
use crate::aws::AwsError;
use crate::http;

/// A policy is some kilobytes: what is larger is none.
const LARGEST_FILE: u64 = 4 << 20;

/// Contents by their paths.
type Files = BTreeMap<String, Vec<u8>>;

pub(super) async fn check(patient: &Patient, folder: &Path, report: &mut Report) {
    let deployed = match deployed(patient).await {
        Ok(deployed) => deployed,
        Err(Unread::Aws(why)) => return report.unseen("policy", &why),
        Err(Unread::Other(why)) => return report.unknown("policy", why),
    };
    let mut local = Files::new();
    if let Err(error) = read_folder(folder, "", &mut local) {
        return report.unknown("policy", format!("{}: {error}", folder.display()));
    }
    let differing = differing(&deployed, &local);
    let folder = folder.display();
    if differing.is_empty() {
        let files = match local.len() {
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        };
        report.ok(
            "policy",
            format!("what is deployed is what {folder} holds: {files}"),
        );
    } else {
        let names = differing.join(", ");
        report.wrong(
            "policy",
            format!("what is deployed is not what {folder} holds: {names}"),
            "sam build && sam deploy",
        );
    }
    let elsewhere = patient.stack.parameters.get("PolicyDir");
    if let Some(elsewhere) = elsewhere.filter(|place| *place != "/opt") {
        report.note(
            "policy",
            format!("the functions read it from {elsewhere}, not from the layer (PolicyDir)"),
        );
    }
}

enum Unread {
    Aws(AwsError),
    Other(String),
}

/// What the layer holds that the functions run with.
async fn deployed(patient: &Patient) -> Result<Files, Unread> {
    let client = Client::new(&patient.stack.aws);
    let function = patient.resources.named("Remind");
    let function =
        function.ok_or_else(|| Unread::Other("there is no function Remind".to_owned()))?;
    let known = client.get_function_configuration().function_name(function);
    let known = known.send().await;
    let known = known
        .map_err(|error| Unread::Aws(AwsError::of("lambda:GetFunctionConfiguration", &error)))?;
    let layer = known.layers().first().and_then(|layer| layer.arn());
    let layer = layer.ok_or_else(|| Unread::Other("the functions have no layer".to_owned()))?;
    let version = client.get_layer_version_by_arn().arn(layer).send().await;
    let version =
        version.map_err(|error| Unread::Aws(AwsError::of("lambda:GetLayerVersion", &error)))?;
    let place = version.content.and_then(|content| content.location);
    let place =
        place.ok_or_else(|| Unread::Other(format!("{layer} does not say where it lies")))?;
    let zip = http::get(&place).await.map_err(Unread::Other)?;
    if zip.status != 200 {
        let why = format!("the content of {layer} was not given out ({})", zip.status);
        return Err(Unread::Other(why));
    }
    unzip(&zip.body).map_err(|why| Unread::Other(format!("{layer} is no zip file: {why}")))
}

fn unzip(zip: &[u8]) -> Result<Files, rawzip::Error> {
    let archive = ZipArchive::from_slice(zip)?;
    let mut files = Files::new();
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry()? {
        if entry.is_dir() {
            continue;
        }
        let path = entry.file_path().try_normalize()?.as_ref().to_owned();
        let inside = archive.get_entry(entry.wayfinder())?;
        let mut content = Vec::new();
        if entry.compression_method() == CompressionMethod::STORE {
            content.extend_from_slice(inside.data());
        } else {
            let inflated = flate2::bufread::DeflateDecoder::new(inside.data());
            let mut verified = inside.verifying_reader(inflated).take(LARGEST_FILE);
            verified.read_to_end(&mut content)?;
        }
        files.insert(path, content);
    }
    Ok(files)
}

/// As `sam build` copies a folder.
fn read_folder(folder: &Path, within: &str, files: &mut Files) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if within.is_empty() {
            name
        } else {
            format!("{within}/{name}")
        };
        if fs::metadata(entry.path())?.is_dir() {
            read_folder(&entry.path(), &path, files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// The page of the policy's language, and its examples: they are not deployed.
fn is_for_people(path: &str) -> bool {
    path == "README.md" || path.starts_with("examples/")
}

/// The files that are not the same here and there, with where they are not.
fn differing(deployed: &Files, local: &Files) -> Vec<String> {
    let of_functions = local.iter().filter(|(path, _)| !is_for_people(path));
    let changed = of_functions.filter_map(|(path, content)| match deployed.get(path) {
        None => Some(format!("{path} (not deployed)")),
        Some(known) if known != content => Some(format!("{path} (changed)")),
        Some(_) => None,
    });
    let gone = deployed
        .keys()
        .filter(|path| !local.contains_key(*path) && !is_for_people(path));
    let gone = gone.map(|path| format!("{path} (only deployed)"));
    changed.chain(gone).collect()
}
