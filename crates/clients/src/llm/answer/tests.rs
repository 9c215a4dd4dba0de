//! Recorded answers of servers that all call themselves compatible.

use serde_json::json;

use super::*;

const POSTS: &str = r#"{"posts":[{"topic":"ships","text":"a"}]}"#;

fn wishes() -> Vec<TopicWish> {
    vec![TopicWish::on("ships", 1)]
}

fn read_one(json: &Value) -> Result<WriteAnswer, WriterError> {
    read(json, "asked-for", &wishes(), None)
}

#[test]
fn a_complete_answer_is_read_with_its_usage() {
    let answer = read_one(&json!({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-6-luna-2026-09-22",
        "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": POSTS, "refusal": null}}],
        "usage": {"prompt_tokens": 500, "completion_tokens": 60, "total_tokens": 560,
            "prompt_tokens_details": {"cached_tokens": 400}},
        "service_tier": "default",
    }))
    .unwrap();
    let usage = GenerationUsage {
        model: "gpt-6-luna-2026-09-22".to_owned(),
        prompt_tokens: 500,
        cached_tokens: 400,
        completion_tokens: 60,
        cost: None,
    };
    assert_eq!(answer.usage, usage);
    assert_eq!(answer.candidates[0].text, "a");
    assert_eq!(answer.candidates[0].topic.as_deref(), Some("ships"));
}

#[test]
fn content_may_stand_in_many_places() {
    for json in [
        json!({"choices": [{"message": {"content": POSTS}}]}),
        json!({"choices": [{"message": {"content": [{"type": "text", "text": "{\"posts\":"}, {"type": "text", "text": "[\"a\"]}"}]}}]}),
        json!({"choices": [{"message": {"content": [POSTS]}}]}),
        json!({"choices": [{"message": {"content": {"posts": ["a"]}}}]}),
        json!({"choices": [{"text": POSTS}]}),
        json!({"message": {"role": "assistant", "content": POSTS}}),
        json!({"choices": [{"finish_reason": null, "message": {"content": POSTS, "refusal": ""}}], "usage": null}),
    ] {
        let answer = read_one(&json).unwrap();
        assert_eq!(answer.candidates.len(), 1, "{json}");
        assert_eq!(answer.usage.model, "asked-for");
        assert_eq!(answer.usage.total_tokens(), 0);
    }
}

#[test]
fn counts_and_costs_are_read_in_every_notation() {
    for (usage, expected) in [
        (json!({"prompt_tokens": "12", "completion_tokens": 3.0}), (12, 0, 3, None)),
        (json!({"input_tokens": 12, "output_tokens": 3}), (12, 0, 3, None)),
        (json!({"prompt_tokens": 12, "prompt_tokens_details": null}), (12, 0, 0, None)),
        (
            json!({"prompt_tokens": 12, "prompt_tokens_details": {"cached_tokens": 99}}),
            (12, 12, 0, None),
        ),
        (json!({"cost": 0.000_123_4}), (0, 0, 0, Some(123))),
        (json!({"cost": "1.5"}), (0, 0, 0, Some(1_500_000))),
        (json!({"cost": 0}), (0, 0, 0, Some(0))),
        (json!({"cost": -1}), (0, 0, 0, None)),
        (json!({"cost": 1e300, "prompt_tokens": -5}), (0, 0, 0, None)),
        (json!([]), (0, 0, 0, None)),
    ] {
        let answer =
            read_one(&json!({"choices": [{"message": {"content": POSTS}}], "usage": usage}));
        let usage_read = answer.unwrap().usage;
        let (prompt_tokens, cached_tokens, completion_tokens, micro) = expected;
        let model = "asked-for".to_owned();
        let cost = micro.map(MicroUsd);
        let expected =
            GenerationUsage { model, prompt_tokens, cached_tokens, completion_tokens, cost };
        assert_eq!(usage_read, expected, "{usage}");
    }
}

#[test]
fn an_answer_without_posts_says_why() {
    let refusal = json!({"choices": [{"message": {"content": null, "refusal": "I will not."}}]});
    assert_eq!(read_one(&refusal), Err(WriterError::Refused("I will not.".to_owned())));
    for (json, is_refused) in [
        (
            json!({"choices": [{"finish_reason": "content_filter", "message": {"content": null}}]}),
            true,
        ),
        (
            json!({"choices": [{"finish_reason": "length", "message": {"content": "{\"posts\":[{\"te"}}]}),
            false,
        ),
        (json!({"choices": [{"message": {"content": "I cannot help."}}]}), false),
        (json!({"choices": []}), false),
        (json!({}), false),
        (json!([]), false),
    ] {
        let error = read_one(&json).unwrap_err();
        assert_eq!(matches!(error, WriterError::Refused(_)), is_refused, "{json}: {error}");
        assert!(matches!(error, WriterError::Refused(_) | WriterError::Unusable(_)), "{json}");
    }
}

#[test]
fn a_cut_answer_keeps_its_whole_posts() {
    let content = r#"{"posts":[{"topic":"ships","text":"a"},{"topic":"ships","text":"b"},{"top"#;
    let json = json!({"choices": [{"finish_reason": "length", "message": {"content": content}}]});
    assert_eq!(read_one(&json).unwrap().candidates.len(), 2);
}

#[test]
fn what_the_model_says_instead_is_short_and_without_the_key() {
    let key = Secret::new("sk-12345678");
    let content = format!("Your key is sk-12345678.\n{}", "blah ".repeat(200));
    let json = json!({"choices": [{"message": {"content": content}}]});
    let words = read(&json, "m", &wishes(), Some(&key)).unwrap_err().to_string();
    assert!(words.contains("Your key is ***. blah"), "{words}");
    assert!(words.chars().count() < 400);
}
