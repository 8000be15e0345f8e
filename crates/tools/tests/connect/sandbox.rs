//! Programs of connectors, shut in: what they try to reach is refused, what they need is there, and what their files name too.

use super::echo::{World, bundle, programs};
use baton_tools::Catalogue;
use baton_tools::mcp::pinned::files;
use baton_tools::mcp::{Sandbox, Server, tools};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Tries what it is told to, and says what it could do.
const PROGRAM: &str = r#"
can() { if (eval "$2") >/dev/null 2>&1; then printf ',"%s":true' "$1"; else printf ',"%s":false' "$1"; fi; }
while IFS= read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  say() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$1"; }
  case "$line" in
    *'"initialize"'*) say '{"protocolVersion":"2025-11-25","capabilities":{}}' ;;
    *'"tools/list"'*) say '{"tools":[{"name":"try","inputSchema":{"type":"object"}}]}' ;;
    *'"tools/call"'*)
      if read -r stat < /proc/self/stat; then own=true; else own=false; fi
      seen=$(
        can read 'cat OUTSIDE/secret'
        can list 'ls OUTSIDE'
        can write 'echo x > OUTSIDE/shared/made'
        can change 'echo x >> OUTSIDE/secret'
        can move 'mv OUTSIDE/secret "$HOME/secret"'
        can open_up 'chmod 777 OUTSIDE/secret'
        can parent 'cat /proc/PARENT/environ'
        can reach 'exec 3<>/dev/tcp/127.0.0.1/PORT'
        can signal 'kill -0 PARENT'
        can datagram 'perl -MSocket -e "socketpair(A,B,AF_UNIX,SOCK_DGRAM,0) or die; send(A,1,0,pack_sockaddr_un(q(OUTSIDE/socket))) or die"'
        can work 'echo x > a && mkdir d && mv a d/b && grep -q x d/b && rm -r d'
        can system 'ls /usr && cat /etc/passwd && head -c 1 /dev/urandom && env true')
      say "{\"content\":[],\"structuredContent\":{\"own\":$own$seen}}" ;;
    *) [ -n "$id" ] && printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}\n' "$id" ;;
  esac
done
"#;

/// A folder with a secret and a socket in it, and a server on loopback.
struct Outside {
    folder: tempfile::TempDir,
    server: TcpListener,
    _socket: UnixDatagram,
}

impl Outside {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("shared")).unwrap();
        fs::write(folder.path().join("secret"), "s3cret").unwrap();
        let socket = UnixDatagram::bind(folder.path().join("socket")).unwrap();
        Self { folder, server: TcpListener::bind("127.0.0.1:0").unwrap(), _socket: socket }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn filled(&self, program: &str) -> String {
        let port = self.server.local_addr().unwrap().port().to_string();
        let (parent, folder) = (std::process::id().to_string(), self.folder.path().display().to_string());
        program.replace("OUTSIDE", &folder).replace("PARENT", &parent).replace("PORT", &port)
    }
}

/// What the tool of a program says, started by this interpreter.
async fn said(interpreter: &str, program: &str, sandbox: &Sandbox) -> Value {
    programs();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("server");
    fs::write(&script, program).unwrap();
    let command = vec![interpreter.to_owned(), script.display().to_string()];
    let place = format!("command: {}\nsandbox: {}\ntimeout_ms: 20000\nattempts: 1", json!(command), json!(sandbox));
    let found = tools(&Server::Program(command, sandbox.clone()), None, None, Duration::from_secs(20)).await.unwrap();
    let files = files("notes", &place, &found);
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    World::new(&files).await.done("notes_try", json!({})).await
}

#[tokio::test]
async fn a_program_reaches_its_own_folder_and_the_systems_programs_and_nothing_else() {
    let outside = Outside::new();
    let seen = said("/bin/bash", &outside.filled(PROGRAM), &Sandbox::default()).await;
    for refused in ["read", "list", "write", "change", "move", "open_up", "parent", "reach", "datagram"] {
        assert_eq!(seen[refused], json!(false), "{refused}: {seen}");
    }
    for works in ["own", "work", "system"] {
        assert_eq!(seen[works], json!(true), "{works}: {seen}");
    }
    assert_eq!(fs::read_to_string(outside.path("secret")).unwrap(), "s3cret");
    assert!(!Path::new(&outside.path("shared/made")).exists());
}

#[tokio::test]
async fn a_program_reaches_what_its_file_names_and_no_more() {
    let outside = Outside::new();
    let sandbox = Sandbox {
        network: true,
        reads: vec![outside.path("secret")],
        writes: vec![outside.path("shared")],
        unconfined: false,
    };
    let seen = said("/bin/bash", &outside.filled(PROGRAM), &sandbox).await;
    for allowed in ["read", "write", "reach", "own", "work", "system"] {
        assert_eq!(seen[allowed], json!(true), "{allowed}: {seen}");
    }
    for refused in ["list", "change", "move", "open_up", "parent", "datagram"] {
        assert_eq!(seen[refused], json!(false), "{refused}: {seen}");
    }
}

#[tokio::test]
async fn a_program_that_is_unconfined_reaches_what_baton_does() {
    let outside = Outside::new();
    let sandbox = Sandbox { unconfined: true, ..Sandbox::default() };
    let seen = said("/bin/bash", &outside.filled(PROGRAM), &sandbox).await;
    // So the others were refused by the sandbox, and by nothing else.
    for allowed in ["read", "list", "write", "change", "parent", "reach", "signal", "own", "work", "system"] {
        assert_eq!(seen[allowed], json!(true), "{allowed}: {seen}");
    }
    // What sends it is not on every machine.
    let sends = ["/usr/local/bin/perl", "/usr/bin/perl", "/bin/perl"].iter().any(|file| Path::new(file).is_file());
    assert_eq!(seen["datagram"], json!(sends), "{seen}");
}

#[tokio::test]
async fn a_path_that_is_not_there_is_told() {
    programs();
    let sandbox = Sandbox { reads: vec!["/nowhere/notes".to_owned()], ..Sandbox::default() };
    let server = Server::Program(vec!["/bin/cat".to_owned()], sandbox);
    let told = tools(&server, None, None, Duration::from_secs(5)).await.unwrap_err();
    assert!(told.contains("/nowhere/notes"), "{told}");
}

/// A server as people write them: it reads and writes on threads, starts a program, and asks the network.
const NODE: &str = r"
const fs = require('fs'), net = require('net'), crypto = require('crypto'), { execFileSync } = require('child_process');
const write = message => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
const can = async work => { try { await work(); return true } catch { return false } };
const reach = () => new Promise((yes, no) =>
  net.connect(PORT, '127.0.0.1').on('connect', function () { this.destroy(); yes() }).on('error', no));
const derive = () => new Promise((yes, no) => crypto.pbkdf2('a', 'b', 1, 8, 'sha256', e => e ? no(e) : yes()));
const tried = async () => ({
  secret: await can(() => fs.promises.readFile('OUTSIDE/secret')),
  reach: await can(reach),
  own: await can(async () => { await fs.promises.writeFile('a', 'x'); await fs.promises.rm('a') }),
  derive: await can(derive),
  start: await can(() => execFileSync('/bin/true')),
});
require('readline').createInterface({ input: process.stdin }).on('line', async line => {
  const { id, method } = JSON.parse(line);
  if (method === 'initialize') write({ id, result: { protocolVersion: '2025-11-25', capabilities: {} } });
  else if (method === 'tools/list') write({ id, result: { tools: [{ name: 'try', inputSchema: { type: 'object' } }] } });
  else if (method === 'tools/call') write({ id, result: { content: [], structuredContent: await tried() } });
  else if (id !== undefined) write({ id, error: { code: -32601, message: 'no' } });
});
";

/// Node, and the folder that it is installed in.
fn node() -> Option<(PathBuf, PathBuf)> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join("node")).find(|file| file.is_file())?;
    let found = fs::canonicalize(found).unwrap();
    let installed = found.parent()?.parent()?.to_owned();
    Some((found, installed))
}

#[tokio::test]
async fn a_server_on_node_works_shut_in() {
    let Some((node, installed)) = node() else {
        println!("skipped: no Node here");
        return;
    };
    let outside = Outside::new();
    let (node, installed) = (node.display().to_string(), installed.display().to_string());
    for network in [false, true] {
        let sandbox = Sandbox { network, reads: vec![installed.clone()], ..Sandbox::default() };
        let seen = said(&node, &outside.filled(NODE), &sandbox).await;
        let expect = json!({"secret": false, "reach": network, "own": true, "derive": true, "start": true});
        assert_eq!(seen, expect);
    }
}

#[test]
fn a_file_says_what_a_program_may_reach_or_is_refused() {
    let load = |place: &str| {
        let pinned = json!({"tools": [{"name": "try", "inputSchema": {"type": "object"}}]}).to_string();
        let file = format!(
            "name: notes\nkind: mcp\n{place}\ntools: connectors/notes.tools.json\nactions:\n  - {{ name: a, tool: try }}\n"
        );
        Catalogue::load(&bundle(&[("connectors/notes.yaml", file), ("connectors/notes.tools.json", pinned)]))
    };
    for good in ["{}", "{ network: true, reads: [/srv/notes], writes: [/var/lib/notes] }", "{ unconfined: true }"] {
        assert!(load(&format!("command: [/usr/bin/notes]\nsandbox: {good}")).is_ok(), "{good}");
    }
    for bad in ["{ reads: [/] }", "{ writes: [../x] }", "{ unconfined: true, network: true }", "{ net: true }"] {
        assert!(load(&format!("command: [/usr/bin/notes]\nsandbox: {bad}")).is_err(), "{bad}");
    }
    // By a variable that the shell or the loader reads, a program could be started before anything is shut off.
    for (name, is_taken) in [("API_TOKEN", true), ("LD_PRELOAD", false), ("BASH_FUNC_ulimit%%", false), ("PATH", false)]
    {
        let place = format!(
            "command: [/usr/bin/notes]\nauth: {{ kind: api_key, name: '{name}', setting: notes.token, prefix: '() {{ :; }}' }}"
        );
        assert_eq!(load(&place).is_ok(), is_taken, "{name}");
    }
    // A server at an address is not started here.
    assert!(load("base_url: https://notes.example/mcp\nsandbox: { network: true }").is_err());
}
