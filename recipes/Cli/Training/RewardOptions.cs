using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards;

namespace Recipes.Cli;

/// <summary>What a run pays.</summary>
[Category("Rewards")]
public sealed record RewardOptions : IOptionRules
{
    [Description("what is paid, as name:weight, in place of what the data says: names of docs/rewards.md, a file of C# with one static function, "
        + "or a learned reward: rm:FOLDER, judge:FOLDER or judge:ADDRESS, clip:FOLDER")]
    [Option(Example = "acc@0.5:0.5 iou:0.5")]
    public string[] Reward { get; init; } = [];

    [Description("seconds that one call of a function of your own may take"), Range(0d, 86_400, MinimumIsExclusive = true)]
    public double RewardTimeout { get; init; } = OwnReward.DefaultTimeout;

    [Description("where a completion says its answer: auto, boxed, tags, last-number, json ..., the names of docs/rewards.md")]
    public string AnswerFormat { get; init; } = Vlm.Rewards.AnswerFormat.Auto.Name;

    [Description("instruction before every question, with tags that half of the reward is for: none, think, plan, code, knowledge or examples")]
    public string PriorPrompt { get; init; } = Vlm.Grpo.PriorPrompt.None;

    /// <summary>How judges are asked.</summary>
    public JudgeOptions Judge { get; init; } = new();

    /// <summary>How encoders pay.</summary>
    public EncoderOptions Encoder { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(AnswerFormat), Vlm.Rewards.AnswerFormat.Table.Contains(AnswerFormat),
            $"must be one of {string.Join(", ", Vlm.Rewards.AnswerFormat.Table.Names)}",
            NearestName.Of(AnswerFormat, Vlm.Rewards.AnswerFormat.Table.Names) ?? Vlm.Rewards.AnswerFormat.Auto.Name),
        new(nameof(PriorPrompt), Vlm.Grpo.PriorPrompt.Table.Contains(PriorPrompt),
            $"must be one of {string.Join(", ", Vlm.Grpo.PriorPrompt.Table.Names)}",
            NearestName.Of(PriorPrompt, Vlm.Grpo.PriorPrompt.Table.Names) ?? Vlm.Grpo.PriorPrompt.None),
        new(nameof(PriorPrompt), PriorPrompt == Vlm.Grpo.PriorPrompt.None || !Reward.Any(LearnedSpec.Is),
            "must be none beside learned rewards, whose weights are not halved", Vlm.Grpo.PriorPrompt.None),
    ];

    /// <summary>What the options say, ready to be put on examples; a file is compiled here, once.</summary>
    /// <exception cref="UsageException">A name that is in no row, a weight that is no number, or a file that does not compile.</exception>
    public RunRewards Read()
    {
        string[] rules = [.. Reward.Where(word => !LearnedSpec.Is(word))];
        return new(
            rules.Length == 0 ? null : OwnReward.ReadSet(rules, TimeSpan.FromSeconds(RewardTimeout), "--reward " + string.Join(' ', rules)),
            Vlm.Rewards.AnswerFormat.Table[AnswerFormat])
        {
            Learned = [.. Reward.Where(LearnedSpec.Is).Select(LearnedSpec.Parse)],
            Options = this,
            Prior = Vlm.Grpo.PriorPrompt.Table[PriorPrompt],
        };
    }
}

/// <summary>The rewards of a run.</summary>
/// <param name="Set">What is paid in place of what the data says; null for that.</param>
/// <param name="Format">Where a completion says its answer.</param>
public sealed record RunRewards(RewardSet? Set, AnswerFormat Format)
{
    private static readonly ConditionalWeakTable<TruthKind, RewardSet> s_gold = [];
    private readonly RewardSet? _set = Set?.WithAnswerFormat(Format);

    /// <summary>Rewards that ask a model, which <see cref="RunScorer"/> loads.</summary>
    public IReadOnlyList<LearnedSpec> Learned { get; init; } = [];

    /// <summary>How they are used.</summary>
    public RewardOptions Options { get; init; } = new();

    /// <summary>What stands before every question.</summary>
    public PriorPrompt Prior { get; init; } = PriorPrompt.Table[PriorPrompt.None];

    /// <summary>An example with these rewards.</summary>
    /// <remarks>
    /// Beside learned rewards the data's own reward is measured under <see cref="Metric.Gold"/>, where a truth is known: it shows where the
    /// learned one is over-optimised. It is paid where the options name it.
    /// </remarks>
    /// <param name="example">As it was read.</param>
    /// <exception cref="UsageException">A reward does not take its truth.</exception>
    public Example On(Example example)
    {
        if (Learned.Count == 0)
            return Prior.On(Paid(example));
        if (!example.Truth.IsKnown)
            return example;
        RewardSet gold = GoldOf(example.Truth.Kind);
        return _set is null
            ? example with { Rewards = gold.WithAnswerFormat(Format), Metric = example.Metric ?? example.Truth.Kind.Accuracy }
            : Paid(example) with { Rewards = new RewardSet([.. _set.Parts, .. gold.Parts], _set.Accuracy).WithAnswerFormat(Format) };
    }

    private static RewardSet GoldOf(TruthKind kind) => s_gold.GetValue(kind, known => new(
        [new(Vlm.Rewards.Reward.OfAnswer<Truth>(Metric.Gold, known.Score.Compute), 0)], null));

    private Example Paid(Example example)
    {
        if (_set is null)
            return Format == AnswerFormat.Auto ? example
                : example with { Rewards = (example.Rewards ?? example.Truth.Kind.Rewards).WithAnswerFormat(Format) };
        return _set.Problem(example.Truth) is { } problem
            ? throw new UsageException(problem, $"record {example.Id}", $"--reward {Typed(example.Truth.Kind.Rewards)}, or another --answer-type")
            : example with { Rewards = _set, Metric = example.Metric ?? example.Truth.Kind.Accuracy };
    }

    private static string Typed(RewardSet rewards) => string.Join(' ', rewards.Parts.Where(part => part.Weight != 0)
        .Select(part => part.Weight == 1 ? part.Reward.Name : $"{part.Reward.Name}:{OptionText.Show(part.Weight)}"));
}
