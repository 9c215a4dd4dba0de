//! `async-openai`, an independent client of OpenAI-compatible servers, drives the model's door.

mod common;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestSystemMessageArgs, ChatCompletionRequestUserMessageArgs,
    CreateChatCompletionRequest, CreateChatCompletionRequestArgs, CreateChatCompletionResponse,
    FinishReason, ResponseFormat, ResponseFormatJsonSchema,
};
use common::{Sandbox, start};
use sandbox::{ModelFault, SandboxSettings};
use serde_json::{Value, json};

fn url(sandbox: &Sandbox) -> String {
    format!("http://{}", sandbox.address)
}

fn client(sandbox: &Sandbox) -> Client<OpenAIConfig> {
    let config =
        OpenAIConfig::new().with_api_key("any key").with_api_base(format!("{}/v1", url(sandbox)));
    Client::with_config(config)
}

fn request() -> CreateChatCompletionRequest {
    let schema = json!({
        "type": "object",
        "properties": { "posts": { "type": "array" } },
        "required": ["posts"],
        "additionalProperties": false,
    });
    let system = ChatCompletionRequestSystemMessageArgs::default()
        .content("You are a lighthouse keeper. At most 140 weighted characters.")
        .build()
        .expect("a message");
    let user = ChatCompletionRequestUserMessageArgs::default()
        .content("Write:\n- 3 posts on \"weather\"\n- 1 post on \"ships\"")
        .build()
        .expect("a message");
    CreateChatCompletionRequestArgs::default()
        .model("gpt-6-luna")
        .messages([system.into(), user.into()])
        .response_format(ResponseFormat::JsonSchema {
            json_schema: ResponseFormatJsonSchema {
                description: None,
                name: "posts".to_owned(),
                schema,
                strict: Some(true),
            },
        })
        .build()
        .expect("a request")
}

async fn ask(sandbox: &Sandbox) -> Result<CreateChatCompletionResponse, OpenAIError> {
    client(sandbox).chat().create(request()).await
}

fn posts(answer: &CreateChatCompletionResponse) -> Vec<(String, String)> {
    let content = answer.choices[0].message.content.as_deref().expect("content");
    let body: Value = serde_json::from_str(content).expect("JSON");
    let posts = body["posts"].as_array().expect("a list");
    let word = |post: &Value, name: &str| post[name].as_str().expect("text").to_owned();
    posts.iter().map(|post| (word(post, "topic"), word(post, "text"))).collect()
}

#[tokio::test]
async fn the_wished_posts_come_with_usage() {
    let sandbox = start(&SandboxSettings::default()).await;
    let answer = ask(&sandbox).await.expect("an answer");
    let posts = posts(&answer);
    let topics: Vec<&str> = posts.iter().map(|post| post.0.as_str()).collect();
    assert_eq!(topics, ["weather", "weather", "weather", "ships"]);
    assert!(posts.iter().all(|post| sandbox::weighted_length(&post.1) <= 140), "{posts:?}");
    let usage = answer.usage.expect("usage");
    assert_eq!(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
    assert_eq!(answer.model, "gpt-6-luna");
    assert_eq!(answer.choices[0].finish_reason, Some(FinishReason::Stop));
}

#[tokio::test]
async fn several_choices_differ() {
    let sandbox = start(&SandboxSettings::default()).await;
    let wanted = CreateChatCompletionRequest { n: Some(2), ..request() };
    let answer = client(&sandbox).chat().create(wanted).await.expect("an answer");
    assert_eq!(answer.choices.len(), 2);
    assert_ne!(answer.choices[0].message.content, answer.choices[1].message.content);
}

#[tokio::test]
async fn models_are_listed() {
    let sandbox = start(&SandboxSettings::default()).await;
    let models = client(&sandbox).models().list().await.expect("a list");
    assert_eq!(models.data[0].id, "sandbox-1");
}

#[tokio::test]
async fn faults_reach_the_client_as_it_knows_them() {
    let sandbox = start(&SandboxSettings::default()).await;
    sandbox.world.next_model(ModelFault::Refusal);
    let refused = ask(&sandbox).await.expect("an answer");
    assert!(refused.choices[0].message.refusal.is_some());

    sandbox.world.next_model(ModelFault::CutJson);
    let cut = ask(&sandbox).await.expect("an answer");
    assert_eq!(cut.choices[0].finish_reason, Some(FinishReason::Length));

    sandbox.world.next_model(ModelFault::Odd);
    let odd = ask(&sandbox).await.expect("an answer");
    assert!(odd.usage.is_none());
    assert_eq!(posts(&odd).len(), 4);

    sandbox.world.next_model(ModelFault::Unauthorized);
    match ask(&sandbox).await {
        Err(OpenAIError::ApiError(error)) => {
            assert!(error.to_string().contains("invalid_api_key"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    sandbox.world.next_model(ModelFault::Close);
    assert!(matches!(ask(&sandbox).await, Err(OpenAIError::Reqwest(_))));
}
