using System.Globalization;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Lora;

namespace Vlm.Grpo;

/// <summary>Which numbers of a model are trained, and how all are kept: for recipes that start from a folder.</summary>
public sealed record ModelOptions : IRecipeOptions
{
    private const string Heading = "Model";
    private static readonly System.Buffers.SearchValues<char> s_expression =
        System.Buffers.SearchValues.Create(@"\*+?()[]{}|^$");

    /// <summary>Type of weights and arithmetic; norms, probabilities and adapters are float32 always.</summary>
    [Option("precision of weights and arithmetic, whatever the files hold", Group = Heading)]
    public Precision Dtype { get; init; } = Precision.Float32;

    /// <summary>Type of the weights that a run ends with; null for float32, in which they are learned.</summary>
    [Option("precision of the weights in model/ at the end; by default float32, which is what training moves whatever --dtype is",
        Group = Heading, Example = "bfloat16")]
    public Precision? SaveDtype { get; init; }

    /// <summary>Parts that training leaves as they are.</summary>
    [Option("parts that do not move: vision, connector, text, or several with commas", Group = Heading,
        Example = "vision,connector")]
    public string[] Freeze { get; init; } = [];

    /// <summary>r of new adapters; 0 trains the weights themselves.</summary>
    [Option("rank of new low-rank adapters, which are trained in place of the weights; 0 trains the weights",
        Group = Heading, Min = 0)]
    public int LoraRank { get; init; }

    /// <summary>Adapters count alpha / r.</summary>
    [Option("strength of the adapters, which count alpha / rank", Group = Heading, Above = 0)]
    public double LoraAlpha { get; init; } = 16;

    /// <summary>Layers that get adapters.</summary>
    [Option("layers with adapters: endings of their names, one regular expression, or all-linear", Group = Heading)]
    public string[] LoraTargets { get; init; } = [ModulePattern.Every.Word];

    /// <summary>A folder as PEFT writes it, to train on.</summary>
    [Option("folder of an adapter to go on training, as PEFT writes it", Group = Heading, Example = "runs/mine/adapter")]
    public string? Adapter { get; init; }

    /// <summary>Merge that adapter, and train the sum.</summary>
    [Option("merge that adapter into the weights first, and train the sum", Group = Heading)]
    public bool MergeAdapter { get; init; }

    /// <summary>The most of one file of weights.</summary>
    [Option("largest file of weights, as 5GB or 500MiB", Group = Heading)]
    public string MaxShardSize { get; init; } = "5GB";

    /// <summary>The engine's type.</summary>
    public torch.ScalarType ScalarType => Dtype.ScalarType();

    /// <summary>The type that a run's model ends in.</summary>
    public torch.ScalarType FinalType => (SaveDtype ?? Precision.Float32).ScalarType();

    /// <summary>What must not move.</summary>
    public IReadOnlyList<ModelPart> Frozen => FrozenParts.Parse(Freeze);

    /// <summary>The largest file, in bytes.</summary>
    public long MaxShardBytes => ByteSize.Parse(MaxShardSize, "--max-shard-size");

    /// <summary>The new adapters.</summary>
    /// <param name="model">What they are made for.</param>
    public LoraConfig Lora(string model) => new()
    {
        Rank = LoraRank,
        Alpha = LoraAlpha,
        Targets = Targets(),
        BaseModel = model,
        Source = Typed("--lora-targets", LoraTargets),
    };

    /// <inheritdoc/>
    public void Validate()
    {
        if (Frozen.Count == Enum.GetValues<ModelPart>().Length)
            throw NothingToTrain();
        if (Adapter is null && MergeAdapter)
            throw new UsageException("there is no adapter to merge", "--merge-adapter", "--adapter DIR --merge-adapter");
        if (Adapter is not null && !MergeAdapter && LoraRank > 0)
            throw new UsageException("a layer has one adapter: either the given one is trained, or a new one",
                string.Create(CultureInfo.InvariantCulture, $"--adapter {Adapter} --lora-rank {LoraRank}"),
                $"--adapter {Adapter}    or with --merge-adapter too");
        _ = (MaxShardBytes, LoraRank > 0 ? Targets() : null);
    }

    /// <summary>Throws where the options ask something of a base whose codes are learned, and which so stays as it is.</summary>
    internal void RequireFixedBase()
    {
        string? asked = LoraRank > 0 ? string.Create(CultureInfo.InvariantCulture, $"--lora-rank {LoraRank}")
            : Adapter is not null ? $"--adapter {Adapter}" : Freeze.Length > 0 ? Typed("--freeze", Freeze) : null;
        if (asked is not null)
            throw new UsageException("over codes the latent policy learns, and its base stays as it is", asked,
                $"the same without {asked.Split(' ')[0]}, or --model with a folder that has no latent actions");
    }

    internal UsageException NothingToTrain() => new(
        "nothing is left to train: every part, or every part with an adapter, is frozen", Typed("--freeze", Freeze),
        "--freeze vision,connector");

    private ModulePattern Targets() => LoraTargets switch
    {
        [ModulePattern.Every.Word] => ModulePattern.AllLinear,
        [var one] when one.AsSpan().ContainsAny(s_expression) => ModulePattern.Matching(one, $"--lora-targets {one}"),
        _ => ModulePattern.Named([.. LoraTargets.SelectMany(word => word.Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))]),
    };

    private static string Typed(string option, string[] words) => $"{option} {string.Join(' ', words)}";
}
