//! `length`: no longer than the persona allows. Source: X's limit of 280 weighted characters.

use super::Finding;

pub(super) fn find(weight: u32, max_length: u32) -> Option<Finding> {
    (weight > max_length).then(|| Finding {
        rule: "length",
        message: format!(
            "weighs {weight} of {max_length} characters; a link counts 23, an emoji 2, a CJK character 2"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_allowed() {
        assert_eq!(find(280, 280), None);
        let finding = find(281, 280).expect("one too many");
        assert!(finding.message.starts_with("weighs 281 of 280 characters"));
    }
}
