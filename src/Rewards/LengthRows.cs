namespace Vlm.Rewards;

/// <summary>What lengths and repetitions cost, a row each: penalties are 0 at most.</summary>
internal static class LengthRows
{
    private const string Yeo = "Yeo et al. 2025, arXiv:2502.03373";
    private static readonly Truth.Word s_word = new("red");

    public static Reward[] All() =>
    [
        Penalty("token_repetition", (answer, _) => RepetitionPenalty.OfTokens(answer), $"{Yeo}, appendix C.2; TRL, get_repetition_penalty_reward"),
        Penalty("word_repetition", (answer, _) => RepetitionPenalty.OfWords(answer.Completion), $"{Yeo}, appendix C.2; ms-swift, RepetitionPenalty"),
        Penalty("vlm_r1_repetition", (answer, _) => VlmR1Repetition.Score(answer.Completion),
            "Shen et al. 2025 (VLM-R1), arXiv:2504.07615; github.com/om-ai-lab/VLM-R1, grpo_jsonl.py"),
        Penalty("soft_overlong", (answer, _) => SoftOverlong.Dapo.Score(answer), "Yu et al. 2025 (DAPO), arXiv:2503.14476, equation 13"),
        Cosine("cosine_length", CosineLength.Trl, $"{Yeo}, section 4.1; TRL, get_cosine_scaled_reward"),
        Cosine("ms_swift_cosine", CosineLength.MsSwift, $"{Yeo}, section 4.1; ms-swift, CosineReward"),
        Cosine("vlm_r1_cosine", CosineLength.VlmR1, $"{Yeo}, section 4.1; VLM-R1, cosine_reward"),
        Reward.OfBatch("dynamic_length", DynamicLength.Scores) with
        {
            Low = -1,
            High = 0,
            Source = "Yuan et al. 2025 (VL-Cogito), arXiv:2507.22607; github.com/alibaba-damo-academy/VL-Cogito, custom.py",
            Example = new(s_word, "red"),
        },
    ];

    private static Reward Penalty(string name, Func<Answer, Truth, Score> score, string source) =>
        RewardRows.Row(name, score, (Truth)s_word, "red", source) with { Low = -1, High = 0 };

    // The shortest right answer has a word; none has nothing.
    private static Reward Cosine(string name, CosineLength rule, string source) => RewardRows.Row(name, rule.Score, (Truth)s_word, "red", source) with
    {
        Low = Math.Min(rule.ShortWrong, rule.LongWrong),
        High = rule.ShortRight,
    };
}
