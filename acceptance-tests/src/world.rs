//! The server that scenarios share, and what they ask it beside Terraform.

use serde_json::Value;
use std::{
    future::Future,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};
use testkit::{
    api::Api,
    database::TestDatabase,
    server::{Server, Setup},
    terraform::{Programs, Workspace},
};
use tokio::runtime::Runtime;

/// Which database the server is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A file.
    Sqlite,
    /// A private cluster.
    Postgres,
}

/// A server, and the programs.
pub struct World {
    /// The server and the provider, as they were built.
    pub programs: Programs,
    /// The server that runs.
    pub server: Server,
    /// Its database, which goes away with it.
    pub database: TestDatabase,
}

/// The worlds that tests share now. The last test that holds one ends its server and removes its files.
static SHARED: [Mutex<Weak<World>>; 2] = [const { Mutex::new(Weak::new()) }; 2];

impl World {
    /// A server of one's own.
    pub fn new(on: On, test_clock: Option<&str>) -> Self {
        let programs = Programs::find().unwrap_or_else(|error| panic!("{error}"));
        let database = match on {
            On::Sqlite => TestDatabase::sqlite(),
            On::Postgres => TestDatabase::postgres(),
        };
        let database = database.unwrap_or_else(|error| panic!("{error}"));
        let mut setup = Setup::new(&programs.controlplane, database.url());
        setup.test_clock = test_clock.map(str::to_owned);
        let server = Server::start(setup).unwrap_or_else(|error| panic!("{error}"));
        Self { programs, server, database }
    }

    /// The server that the scenarios on a database share; their codes are distinct.
    pub fn shared(on: On) -> Arc<Self> {
        let mut shared = SHARED[on as usize].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(world) = shared.upgrade() {
            return world;
        }
        let world = Arc::new(Self::new(on, None));
        *shared = Arc::downgrade(&world);
        world
    }

    /// A folder for Terraform, as the platform's administrator, with the provider installed.
    pub fn workspace(&self, configuration: &str) -> Workspace {
        self.workspace_of(self.server.token(), configuration)
    }

    /// The same with another token.
    pub fn workspace_of(&self, token: &str, configuration: &str) -> Workspace {
        let workspace = Workspace::new(&self.programs, &self.server.url(), token).unwrap();
        workspace.configure(configuration).unwrap();
        workspace.init();
        workspace
    }

    /// A folder for Terraform, as the platform's administrator, in which nothing is installed yet.
    pub fn uninstalled(&self) -> Workspace {
        Workspace::new(&self.programs, &self.server.url(), self.server.token()).unwrap()
    }

    /// Asserts that no object of any type is left whose code, or that of its parent, begins with `prefix`.
    pub fn expect_nothing(&self, prefix: &str) {
        for info in schemas::registry::resources() {
            let left = self.admin().all(info.noun, prefix);
            assert!(left.is_empty(), "{}: {left:?}", info.noun);
        }
    }

    /// The API, as the platform's administrator.
    pub fn admin(&self) -> Caller {
        Caller(self.server.admin())
    }
}

/// A caller of the API that waits for the answer.
pub struct Caller(Api);

impl Caller {
    /// Reads what must be there.
    pub fn get(&self, path: &str) -> Value {
        wait(self.0.get(path)).expect(200)
    }

    /// Creates, or does what a POST does, which must succeed.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        let answer = wait(self.0.post(path, body));
        assert!((200..300).contains(&answer.status), "{path}: {}", answer.text);
        answer.json
    }

    /// Replaces, which must succeed.
    pub fn put(&self, path: &str, body: &Value) -> Value {
        wait(self.0.put(path, body)).expect(200)
    }

    /// Changes some fields, which must succeed.
    pub fn patch(&self, path: &str, body: &Value) -> Value {
        wait(self.0.patch(path, body)).expect(200)
    }

    /// Deletes, which must succeed.
    pub fn delete(&self, path: &str) {
        let answer = wait(self.0.delete(path));
        assert!((200..300).contains(&answer.status), "{path}: {}", answer.text);
    }

    /// Everything of a kind that is called, or whose nearest parent is called, by a code that begins with `prefix`.
    pub fn all(&self, noun: &str, prefix: &str) -> Vec<Value> {
        let page = self.get(&format!("/v1/{noun}?limit=1000"));
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let codes = ["/code", "/login", "/client/code", "/partner/code", "/name"];
        let code =
            |item: &Value| codes.iter().find_map(|path| item.pointer(path)?.as_str().map(str::to_owned));
        items.into_iter().filter(|item| code(item).unwrap_or_default().starts_with(prefix)).collect()
    }

    /// The events of a kind about objects whose name begins with `prefix`: action and name, the newest first.
    pub fn events(&self, kind: &str, prefix: &str) -> Vec<(String, String)> {
        let page = self.get(&format!("/v1/event?object_kind={kind}&limit=1000"));
        let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let events = page["items"].as_array().cloned().unwrap_or_default();
        let events = events.iter().map(|event| (text(event, "action"), text(event, "object_name")));
        events.filter(|(_, name)| name.starts_with(prefix)).collect()
    }
}

/// Waits for a future on the one runtime of the tests: the connections of a client live on one runtime.
fn wait<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap()).block_on(future)
}
