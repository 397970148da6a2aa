//! The order of the rooms: calls go down the list only, and no two files depend on each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up: a file may use its own room and those before it.
const ROOMS: [&str; 25] = [
    "kernel",
    "float",
    "total",
    "error",
    "check",
    "clock",
    "serialize",
    "description",
    "parameter",
    "init",
    "activation",
    "optimizer",
    "layer",
    "loss",
    "distributed",
    "data",
    "metrics",
    "network",
    "gradient_check",
    "io",
    "training",
    "solver",
    "estimator",
    "model_selection",
    "lib",
];

/// A module by its path below the crate: `["network", "train"]`.
type Module = Vec<String>;

/// What one source file says of others.
#[derive(Default)]
struct File {
    /// Full paths that its code uses.
    uses: Vec<Module>,
    /// Name and full path of each re-export.
    exports: BTreeMap<String, Module>,
}

#[test]
fn calls_go_down_the_list_of_rooms() {
    let files = read_crate();
    assert!(files.len() > 60, "found only {} files", files.len());
    let level = |module: &Module| {
        let room = module.first().map_or("lib", String::as_str);
        ROOMS.iter().position(|&other| other == room).unwrap_or_else(|| panic!("{room} is not in the list of rooms"))
    };
    let upward: Vec<_> = edges(&files)
        .into_iter()
        .filter(|(from, to)| level(to) > level(from) && *from != Module::new())
        .map(|(from, to)| format!("{} uses {}", from.join("/"), to.join("/")))
        .collect();
    assert!(upward.is_empty(), "arrows that point up:\n{}", upward.join("\n"));
}

#[test]
fn no_two_files_depend_on_each_other() {
    let files = read_crate();
    let mut below = BTreeMap::<Module, BTreeSet<Module>>::new();
    for (from, to) in edges(&files) {
        below.entry(from).or_default().insert(to);
    }
    // A file that uses none of the rest is in no circle, nor is one that none of the rest uses.
    let mut rest: BTreeSet<Module> = files.keys().cloned().collect();
    loop {
        let targets: BTreeSet<&Module> = rest
            .iter()
            .filter_map(|module| below.get(module))
            .flatten()
            .filter(|target| rest.contains(*target))
            .collect();
        let uses_the_rest = |module: &Module| below.get(module).is_some_and(|targets| !targets.is_disjoint(&rest));
        let kept: BTreeSet<Module> =
            rest.iter().filter(|module| uses_the_rest(module) && targets.contains(module)).cloned().collect();
        if kept.len() == rest.len() {
            break;
        }
        rest = kept;
    }
    let describe = |module: &Module| {
        let targets = below[module].intersection(&rest).map(|target| target.join("/")).collect::<Vec<_>>();
        format!("{} -> {}", module.join("/"), targets.join(", "))
    };
    let circles: Vec<_> = rest.iter().map(describe).collect();
    assert!(circles.is_empty(), "files in or between circles:\n{}", circles.join("\n"));
}

/// From which file to which other one the uses go.
fn edges(files: &BTreeMap<Module, File>) -> BTreeSet<(Module, Module)> {
    let mut edges = BTreeSet::new();
    for (module, file) in files {
        for path in &file.uses {
            let target = resolve(files, path);
            if target != *module {
                edges.insert((module.clone(), target));
            }
        }
    }
    edges
}

/// Returns the module in whose file the last name of a path is defined, through re-exports.
fn resolve(files: &BTreeMap<Module, File>, path: &[String]) -> Module {
    let mut module = Module::new();
    for (index, name) in path.iter().enumerate() {
        let child: Module = module.iter().cloned().chain([name.clone()]).collect();
        if files.contains_key(&child) {
            module = child;
        } else if let Some(target) = files[&module].exports.get(name) {
            let rest = target.iter().chain(&path[index + 1..]).cloned().collect::<Vec<_>>();
            return resolve(files, &rest);
        } else {
            return module;
        }
    }
    module
}

/// Reads all files of src/, unit tests left out.
fn read_crate() -> BTreeMap<Module, File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    let mut paths = Vec::new();
    find_files(&root, &mut paths);
    let module_of = |path: &Path| -> Module {
        let relative = path.strip_prefix(&root).unwrap().with_extension("");
        let mut names: Module = relative.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
        if ["mod", "lib"].contains(&names.last().unwrap().as_str()) {
            names.pop();
        }
        names
    };
    let modules: BTreeSet<Module> = paths.iter().map(|path| module_of(path)).collect();
    let read = |path: &PathBuf| {
        let module = module_of(path);
        let is_folder = path.ends_with("mod.rs") || path.ends_with("lib.rs");
        let file = parse(&fs::read_to_string(path).unwrap(), &module, is_folder, &modules);
        (module, file)
    };
    paths.iter().map(read).collect()
}

fn find_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            find_files(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

fn parse(text: &str, module: &Module, is_folder: bool, modules: &BTreeSet<Module>) -> File {
    let code = without_comments(text);
    let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
    let mut file = File::default();
    let parent = if is_folder { module.clone() } else { module[..module.len() - 1].to_vec() };
    let above = if is_folder && !module.is_empty() { &module[..module.len() - 1] } else { &parent[..] };
    let absolute = |path: &[String]| -> Option<Module> {
        let (first, rest) = path.split_first()?;
        let join = |start: &[String], rest: &[String]| start.iter().chain(rest).cloned().collect::<Module>();
        let child = join(module, &path[..1]);
        match first.as_str() {
            "crate" => Some(join(&[], rest)),
            "super" if rest.first().is_some_and(|name| name == "super") => {
                Some(join(&above[..above.len().saturating_sub(1)], &rest[1..]))
            }
            "super" => Some(join(above, rest)),
            "self" => Some(join(module, rest)),
            _ if is_folder && modules.contains(&child) => Some(join(module, path)),
            _ => None,
        }
    };
    let mut rest = code;
    let mut others = String::new();
    // The statements that import or re-export, then all other paths.
    while let Some(start) = rest.find("use ") {
        let (before, after) = rest.split_at(start);
        let line = before.rsplit('\n').next().unwrap().trim();
        let Some(end) = after.find(';') else { break };
        others.push_str(before);
        if line.is_empty() || line.starts_with("pub") {
            for path in expand(&after[4..end]) {
                let Some(full) = absolute(&path) else { continue };
                let name = path.last().unwrap().clone();
                if line.is_empty() {
                    file.uses.push(full);
                } else if full != [name.clone()] {
                    // The prelude re-exports names of the root, which are exported there already.
                    file.exports.insert(name, full);
                }
            }
        }
        rest = &after[end..];
    }
    others.push_str(rest);
    for start in ["crate::", "super::"] {
        for (index, _) in others.match_indices(start) {
            let path = others[index..].split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next().unwrap();
            let path: Vec<String> = path.split("::").map(str::to_owned).collect();
            file.uses.extend(absolute(&path));
        }
    }
    file
}

/// Expands `a::{b, c::d}` to its paths.
fn expand(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some((prefix, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap();
        return vec![path.split("::").map(|name| name.trim().to_owned()).collect()];
    };
    let start: Vec<String> =
        prefix.split("::").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    let group = group.trim().strip_suffix('}').unwrap_or(group);
    let (mut depth, mut part, mut parts) = (0, String::new(), Vec::new());
    for character in group.chars() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        if character == ',' && depth == 0 {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(character);
        }
    }
    parts.push(part);
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| expand(part)).map(|path| start.iter().cloned().chain(path).collect()).collect()
}

/// Removes comments and keeps the lines.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}
