using System.Text.Json.Nodes;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>The layer that makes scores of a model's states: score = weight · state, [labels, D], in single precision.</summary>
/// <remarks>
/// As transformers' models for sequence classification have it: <c>score.weight</c>, without a bias, read after the last token.
/// It starts at zero: the first gradient is that of the data and not of a random head. Of an implicit reward it holds no weight.
/// </remarks>
public sealed class RewardHead : IDisposable
{
    private readonly Parameter? _weight, _bias;

    private RewardHead(IReadOnlyList<string> labels, Parameter? weight, Parameter? bias, RewardPooling pooling, double beta = 0) =>
        (Labels, _weight, _bias, Pooling, Beta) = (labels, weight, bias, pooling, beta);

    /// <summary>Which states of an answer it reads.</summary>
    public RewardPooling Pooling { get; }

    /// <summary>What is scored, one name for each row of the weight.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>What an implicit reward multiplies log-probabilities by; 0 for any other.</summary>
    public double Beta { get; }

    /// <summary>Numbers in a state, D; 0 where there is no weight.</summary>
    public long Width => _weight?.shape[1] ?? 0;

    /// <summary>Its parameters under the names they are stored by.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters =>
    [
        .. _weight is { } weight ? [(ModelHead.ScoreWeight, weight)] : Array.Empty<(string, Parameter)>(),
        .. _bias is { } bias ? [(ModelHead.ScoreBias, bias)] : Array.Empty<(string, Parameter)>(),
    ];

    /// <summary>A head that has learned nothing.</summary>
    /// <param name="labels">What is scored; one for a scalar reward.</param>
    /// <param name="width">Numbers in a state, D.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="pooling">Which states of an answer it reads.</param>
    public static RewardHead New(IReadOnlyList<string> labels, long width, Device device, RewardPooling pooling = RewardPooling.Last) => new(
        labels, new Parameter(zeros([labels.Count, width], dtype: ScalarType.Float32, device: device).DetachFromDisposeScope()), null, pooling);

    /// <summary>The score of a model without a layer of its own.</summary>
    /// <param name="beta">What log-probabilities are multiplied by, above 0.</param>
    /// <param name="pooling"><see cref="RewardPooling.Implicit"/> for their mean, <see cref="RewardPooling.ImplicitSum"/> for their sum.</param>
    /// <exception cref="ArgumentException">A pooling of states.</exception>
    public static RewardHead Implicit(double beta, RewardPooling pooling = RewardPooling.Implicit) => pooling.IsImplicit()
        ? new(["reward"], null, null, pooling, beta) : throw new ArgumentException($"pooling {pooling} reads states", nameof(pooling));

    /// <summary>Reads the head of a folder: <c>score.weight</c>, or TRL's <c>v_head.summary.weight</c>, beside the model's weights.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="width">Numbers in the model's states.</param>
    /// <param name="device">Where the model is.</param>
    /// <exception cref="UsageException">There is no head, it is damaged, or of another width.</exception>
    public static RewardHead Read(string path, long width, Device device)
    {
        JsonObject config = HubFolder.ReadJson(Path.Combine(path, "config.json"));
        if (RewardConfig.Pooling(config).IsImplicit())
            return Implicit(RewardConfig.Beta(config, path), RewardConfig.Pooling(config));
        using HubFolder folder = Holding(path);
        string weight = folder.Contains(ModelHead.ScoreWeight) ? ModelHead.ScoreWeight : ModelHead.ValueWeight;
        string bias = weight == ModelHead.ScoreWeight ? ModelHead.ScoreBias : ModelHead.ValueBias;
        IReadOnlyList<long> shape = folder.EntryOf(weight).Shape;
        if (shape is not [>= 1, var found] || found != width)
            throw new UsageException(
                $"the reward head {weight} is [{string.Join(", ", shape)}], and the model's states have {width} numbers",
                folder.FileOf(weight), "the folder that the head was trained in: model and head belong together");
        return new(RewardConfig.Labels(config, (int)shape[0]), Load(weight), folder.Contains(bias) ? Load(bias) : null, RewardConfig.Pooling(config));

        Parameter Load(string name) => new(folder.Load(name, device, ScalarType.Float32).DetachFromDisposeScope());
    }

    /// <summary>Takes the weights of a folder's head.</summary>
    /// <param name="path">As it was written from this head.</param>
    /// <exception cref="UsageException">There is no head, or one of another size.</exception>
    public void Load(string path)
    {
        if (_weight is null)
            return;
        using RewardHead saved = Read(path, Width, _weight.device);
        using IDisposable constant = no_grad();
        if (saved.Labels.Count != Labels.Count)
            throw new UsageException(
                $"the reward head has {saved.Labels.Count} labels, and {Labels.Count} are trained", path,
                "resume with the options that the run began with");
        _ = _weight.copy_(saved._weight!);
    }

    /// <summary>[.., D] states to [.., labels] scores, in single precision.</summary>
    /// <exception cref="InvalidOperationException">An implicit reward reads no states.</exception>
    public Tensor Forward(Tensor states) => nn.functional.linear(
        states.to(ScalarType.Float32), _weight ?? throw new InvalidOperationException("an implicit reward reads no states"), _bias);

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight?.Dispose();
        _bias?.Dispose();
    }

    // LLaMA-Factory and older TRL keep the value head in a file of its own.
    private static HubFolder Holding(string path)
    {
        const string beside = "value_head.safetensors";
        HubFolder folder = HubFolder.Open(path);
        if (folder.Contains(ModelHead.ScoreWeight) || folder.Contains(ModelHead.ValueWeight))
            return folder;
        folder.Dispose();
        return File.Exists(Path.Combine(path, beside)) ? HubFolder.OfFile(path, beside) : throw new UsageException(
            $"the folder has no reward head: neither {ModelHead.ScoreWeight} nor {ModelHead.ValueWeight} is among its weights", path,
            "a folder that ./vlm reward-model wrote, or one of AutoModelForSequenceClassification");
    }
}

/// <summary>What config.json says of a reward model.</summary>
internal static class RewardConfig
{
    private const string Own = "reward_model", Architecture = "ForSequenceClassification";

    /// <summary>Says in a configuration that the folder scores.</summary>
    /// <param name="config">Changed.</param>
    /// <param name="head">What scores. A folder without a layer for it stays the language model that it is.</param>
    /// <param name="scale">How scores are normalised.</param>
    public static void Write(JsonObject config, RewardHead head, RewardScale scale)
    {
        config[Own] = new JsonObject { ["pooling"] = OptionText.Show(head.Pooling), ["mean"] = scale.Mean, ["std"] = scale.Std };
        if (head.Pooling.IsImplicit())
        {
            config[Own]!["beta"] = head.Beta;
            return;
        }
        IReadOnlyList<string> labels = head.Labels;
        string? name = (string?)config["architectures"]?.AsArray().FirstOrDefault();
        if (name is not null && !name.EndsWith(Architecture, StringComparison.Ordinal))
            config["architectures"] = new JsonArray(name.Split("For")[0] + Architecture);
        config["num_labels"] = labels.Count;
        config["id2label"] = new JsonObject(labels.Select((label, i) => KeyValuePair.Create<string, JsonNode?>($"{i}", label)));
        config["label2id"] = new JsonObject(labels.Select((label, i) => KeyValuePair.Create<string, JsonNode?>(label, i)));
    }

    /// <summary>The names of the scores; LABEL_0 and so on where there are none.</summary>
    public static IReadOnlyList<string> Labels(JsonObject config, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (config["id2label"]?[$"{i}"] as JsonValue)?.ToString() ?? $"LABEL_{i}")];

    /// <summary>Which states are read; the last, as transformers does, where the folder does not say.</summary>
    public static RewardPooling Pooling(JsonObject config) => Enum.GetValues<RewardPooling>()
        .FirstOrDefault(pooling => OptionText.Show(pooling) == ((config[Own] as JsonObject)?["pooling"] as JsonValue)?.ToString());

    /// <summary>True where the folder's score is that of its language model, whose output layer is then needed.</summary>
    public static bool IsImplicitAt(string path) => Path.Combine(path, "config.json") is var file && File.Exists(file)
        && Pooling(HubFolder.ReadJson(file)).IsImplicit();

    /// <summary>What an implicit reward multiplies log-probabilities by.</summary>
    /// <exception cref="UsageException">The folder does not say.</exception>
    public static double Beta(JsonObject config, string path) => (config[Own]?["beta"] as JsonValue)?.TryGetValue(out double beta) is true && beta > 0
        ? beta : throw new UsageException("an implicit reward has no beta above 0", Path.Combine(path, "config.json"), "reward_model.beta, as ./vlm reward-model writes it");

    /// <summary>How scores are normalised; as they are where the folder does not say.</summary>
    public static RewardScale Scale(JsonObject config) => config[Own] is JsonObject own
        ? new((double?)own["mean"] ?? 0, (double?)own["std"] ?? 1) : RewardScale.Raw;
}

/// <summary>How scores are normalised: (score - mean) / std.</summary>
/// <param name="Mean">Of the scores of held-out answers.</param>
/// <param name="Std">Their standard deviation, above 0.</param>
public sealed record RewardScale(double Mean, double Std)
{
    /// <summary>Scores as the head gives them.</summary>
    public static RewardScale Raw { get; } = new(0, 1);

    /// <summary>The scale that gives these scores mean 0 and standard deviation 1; as they are where they do not differ.</summary>
    /// <param name="scores">Two or more.</param>
    public static RewardScale Of(IReadOnlyList<double> scores)
    {
        double mean = scores.Average(), std = Math.Sqrt(scores.Sum(score => (score - mean) * (score - mean)) / scores.Count);
        return std > 0 ? new(mean, std) : new(mean, 1);
    }

    /// <summary>A score on this scale.</summary>
    public double Apply(double score) => (score - Mean) / Std;
}
