//! The sandbox's model behind a real socket, asked by the product's own client.

use std::sync::Arc;
use std::time::Duration;

use clients::BaseUrl;
use clients::http::{Http, HttpSettings};
use clients::llm::{ModelClient, ModelSettings};
use domain::model::Secret;
use tokio::net::TcpListener;

/// A client of a model that has a price; the server ends with the test.
#[expect(clippy::disallowed_methods, reason = "the test's runtime owns the server and ends it")]
pub async fn model(world: &Arc<sandbox::World>) -> ModelClient {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(sandbox::http::serve(listener, world.clone(), std::future::pending()));
    let http = Http::new(&HttpSettings::default()).unwrap();
    let base = BaseUrl::parse(&base).unwrap();
    let settings = ModelSettings { timeout: Duration::from_secs(20), ..ModelSettings::default() };
    ModelClient::new(http, base, Some(Secret::new("sk-canary")), "gpt-6-luna", settings)
}
