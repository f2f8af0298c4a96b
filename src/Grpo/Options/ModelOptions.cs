using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Lora;

namespace Vlm.Grpo;

/// <summary>Which numbers of a model are trained, and how all are kept: for recipes that start from a folder.</summary>
/// <remarks>LoRA: Hu et al. 2021, arXiv:2106.09685; names are those of PEFT.</remarks>
[Category("Model")]
public sealed record ModelOptions : IOptionRules
{
    private static readonly System.Buffers.SearchValues<char> s_expression =
        System.Buffers.SearchValues.Create(@"\*+?()[]{}|^$");

    /// <summary>Type of weights and arithmetic; norms, probabilities and adapters are float32 always.</summary>
    /// <value>The default is float32.</value>
    [Description("dtype of weights and arithmetic, whatever the files hold")]
    public Precision Dtype { get; init; } = Precision.Float32;

    /// <summary>Type of the weights that a run ends with.</summary>
    /// <value>The default is null, for float32.</value>
    [Description("dtype of the weights in model/ at the end; by default float32, which is what training moves whatever the dtype")]
    public Precision? SaveDtype { get; init; }

    /// <summary>Parts without a gradient.</summary>
    /// <value>The default is none.</value>
    [Description("frozen parts: vision, connector, text, or several with commas")]
    public string[] Freeze { get; init; } = [];

    /// <summary>Blocks keep their inputs alone, and are computed once more for their gradients.</summary>
    /// <value>The default is false.</value>
    [Description("gradient checkpointing: a third more work in the update for much less memory, and the same gradient")]
    public bool GradientCheckpointing { get; init; }

    /// <summary>r of new adapters.</summary>
    /// <value>The default is 0.</value>
    [Description("LoRA rank r of new adapters, which are trained in place of the weights; 0 trains the weights"), Range(0, int.MaxValue)]
    public int LoraRank { get; init; }

    /// <summary>Adapters count alpha / r.</summary>
    /// <value>The default is 16.</value>
    [Description("LoRA alpha: adapters are scaled by alpha / r"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double LoraAlpha { get; init; } = 16;

    /// <summary>Layers that get adapters.</summary>
    /// <value>The default is all-linear.</value>
    [Description("LoRA target modules: endings of their names, one regular expression, or all-linear")]
    public string[] LoraTargets { get; init; } = [ModulePattern.Every.Word];

    /// <summary>A folder as PEFT writes it.</summary>
    /// <value>The default is null.</value>
    [Description("folder of a PEFT adapter to go on training")]
    public string? Adapter { get; init; }

    /// <summary>Merge that adapter, and train the sum.</summary>
    /// <value>The default is false.</value>
    [Description("merge that adapter into the weights first, and train the sum")]
    public bool MergeAdapter { get; init; }

    /// <summary>The most of one file of weights.</summary>
    /// <value>The default is 5GB.</value>
    [Description("largest file of weights, as 5GB or 500MiB")]
    public string MaxShardSize { get; init; } = "5GB";

    /// <summary>The engine's type.</summary>
    public torch.ScalarType ScalarType => Dtype.ScalarType();

    /// <summary>The type that a run's model ends in.</summary>
    public torch.ScalarType FinalType => (SaveDtype ?? Precision.Float32).ScalarType();

    /// <summary>What must not move.</summary>
    public IReadOnlyList<ModelPart> Frozen => FrozenParts.Parse(Freeze);

    /// <summary>The largest file, in bytes.</summary>
    public long MaxShardBytes => ByteSize.Parse(MaxShardSize, nameof(MaxShardSize));

    /// <summary>The new adapters.</summary>
    /// <param name="model">What they are made for.</param>
    public LoraConfig Lora(string model) => new()
    {
        Rank = LoraRank,
        Alpha = LoraAlpha,
        Targets = Targets(),
        BaseModel = model,
        Source = Typed(nameof(LoraTargets), LoraTargets),
    };

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        _ = (Frozen, MaxShardBytes, LoraRank > 0 ? Targets() : null);
        return
        [
            new(nameof(Freeze), Frozen.Count < Enum.GetValues<ModelPart>().Length, PartToTrain, "vision,connector"),
            new(nameof(MergeAdapter), !MergeAdapter || Adapter is not null, "must be false without an Adapter to merge", false),
            new(nameof(LoraRank), LoraRank == 0 || Adapter is null || MergeAdapter,
                "must be 0 with an Adapter to train, unless MergeAdapter", 0),
        ];
    }

    /// <summary>Throws where the options ask something of a base whose codes are learned, and which so stays as it is.</summary>
    internal void RequireFixedBase()
    {
        const string rule = "must not be set with latent actions: their policy learns, and the base stays as it is";
        if (LoraRank > 0)
            throw OptionException.Breaks(nameof(LoraRank), LoraRank, rule, 0);
        if (Adapter is not null)
            throw OptionException.Breaks(nameof(Adapter), Adapter, rule, null);
        if (Freeze.Length > 0)
            throw OptionException.Breaks(nameof(Freeze), Freeze, rule, null);
    }

    internal OptionException NothingToTrain() =>
        OptionException.Breaks(nameof(Freeze), Freeze, PartToTrain, "vision,connector");

    private const string PartToTrain = "must leave something to train, in a part or in its adapter";

    private ModulePattern Targets() => LoraTargets switch
    {
        [ModulePattern.Every.Word] => ModulePattern.AllLinear,
        [var one] when one.AsSpan().ContainsAny(s_expression) => ModulePattern.Matching(one, Typed(nameof(LoraTargets), [one])),
        _ => ModulePattern.Named([.. LoraTargets.SelectMany(word => word.Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))]),
    };

    private static string Typed(string option, string[] words) => $"{option} = {OptionText.Show(words)}";
}
