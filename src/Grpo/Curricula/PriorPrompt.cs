using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>An instruction that stands before every question in training and in scoring, and the tags that it asks for.</summary>
/// <remarks>
/// Prior prompt engineering, Taveekitworachai et al. 2025, arXiv:2505.14157: what is asked for while a model is reinforced decides which
/// way of working it takes on. Each asks for one pair of tags and then an answer; half of the reward is for that form. The words are this
/// project's own.
/// </remarks>
/// <param name="Name">The paper's.</param>
/// <param name="Tag">The tag of the part before the answer; empty where no form is asked for.</param>
/// <param name="Instruction">What the system's turn says; empty for nothing.</param>
public sealed record PriorPrompt(string Name, string Tag, string Instruction) : INamed
{
    /// <summary>No instruction and no reward of form.</summary>
    public const string None = "none";

    /// <summary>What the reward of form is called.</summary>
    public const string Format = "prior_format";

    private const double Half = 0.5;

    // One for all examples: rewards of a step are scored together where they are the same.
    private Reward Form { get; } = Reward.Of(Format, (text, _) => Score(text, Tag));

    /// <summary>Those that options choose from; a package adds its own.</summary>
    public static NamedTable<PriorPrompt> Table { get; } = new("prior prompt",
        new PriorPrompt(None, "", ""),
        Asks("think", "Reason step by step about the question"),
        Asks("plan", "Write a plan of the steps that lead to the answer"),
        Asks("code", "Write a program, in code, whose result is the answer"),
        Asks("knowledge", "Recall the facts, definitions and formulas that the question needs"),
        Asks("examples", "Look at the examples of similar questions with their solutions"));

    /// <summary>An example with the instruction before its chat, and paid for the form as much as for the content.</summary>
    /// <param name="example">As it was read.</param>
    public Example On(Example example) => Tag.Length == 0 ? example : example with
    {
        Messages = SystemTurn.With(example.Messages, Instruction, first: false),
        Rewards = On(example.Rewards ?? example.Truth.Kind.Rewards),
        Metric = example.Metric ?? example.Rewards?.Accuracy ?? example.Truth.Kind.Accuracy,
    };

    /// <summary>Rewards of content, halved, and the reward of form: 0.5 accuracy + 0.5 format. The same where there is no form.</summary>
    /// <param name="content">What is paid without the instruction.</param>
    public RewardSet On(RewardSet content) => Tag.Length == 0 ? content : new RewardSet(
        [.. content.Parts.Select(part => part with { Weight = part.Weight * Half }), new(Form, Half)],
        content.Accuracy).WithAnswerFormat(content.Format);

    /// <summary>1 where a completion is one pair of the tag and then one pair of answer tags, with something in each; else 0.</summary>
    /// <param name="completion">What the model wrote. White space may stand around the pairs, and nothing else.</param>
    public Score Score(string completion) => Score(completion, Tag);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static Score Score(string completion, string tag)
    {
        if (tag.Length == 0)
            return Rewards.Score.One("no form is asked for");
        string[] parts = [tag, "answer"];
        int at = 0;
        foreach (string name in parts)
            if (Pair(completion, name, ref at) is { } problem)
                return Rewards.Score.Zero(problem);
        return completion.AsSpan(at).IsWhiteSpace() ? Rewards.Score.One($"{tag}, then answer")
            : Rewards.Score.Zero("text after the answer");
    }

    private static PriorPrompt Asks(string tag, string what) => new(tag, tag,
        $"{what} between <{tag}> and </{tag}>, and then give the answer alone between <answer> and </answer>.");

    // The pair that comes next, in linear time: nothing but white space before it, and its tags nowhere else.
    private static string? Pair(string text, string name, ref int at)
    {
        (string open, string close) = ($"<{name}>", $"</{name}>");
        int opens = text.IndexOf(open, StringComparison.Ordinal), closes = text.IndexOf(close, StringComparison.Ordinal);
        if (opens < 0 || closes < opens)
            return $"no pair of {name} tags";
        if (text.LastIndexOf(open, StringComparison.Ordinal) != opens)
            return $"{name} tags are repeated";
        if (opens < at || !text.AsSpan(at, opens - at).IsWhiteSpace())
            return $"text before the {name} tags";
        if (text.AsSpan(opens + open.Length, closes - opens - open.Length).IsWhiteSpace())
            return $"nothing between the {name} tags";
        at = closes + close.Length;
        return null;
    }
}
