using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Checkpoints;

namespace Vlm.Generation;

/// <summary>
/// How a checkpoint's makers want it sampled: generation_config.json over the reference implementation's defaults. What a
/// caller wishes goes over both, as <c>config.Sampling(64) with { Greedy = true }</c>.
/// </summary>
public sealed record GenerationConfig
{
    /// <summary>The file's name.</summary>
    public const string FileName = "generation_config.json";

    /// <summary>Tokens that end a completion; at least one.</summary>
    public required IReadOnlyList<int> EndTokens { get; init; }

    /// <summary>The token that fills up finished rows, or null where none is named.</summary>
    public int? PadToken { get; init; }

    /// <summary>Draw from the distribution; false takes the most likely token each time.</summary>
    public bool DoSample { get; init; }

    /// <summary>Logits are divided by this; above 0. A file that does not draw may say 0, which is read as 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Keep the k most likely; 0 keeps all.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>Keep the smallest set whose probability reaches this; 0 to 1.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Keep what is at least this share of the most likely; 0 to 1.</summary>
    public double MinP { get; init; }

    /// <summary>The penalty on tokens that were there before; above 0, 1 is none.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No run of this many tokens appears twice; 0 allows all.</summary>
    public int NoRepeatNgram { get; init; }

    /// <summary>Fewest tokens in a completion.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>Most tokens in a completion, or null where the file leaves it to the caller.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Reads a folder's settings; a folder without the file has the defaults.</summary>
    /// <param name="path">The model folder.</param>
    /// <param name="config">config.json, which names the end tokens where the file does not; null has none.</param>
    /// <exception cref="UsageException">A setting is not what it should be, or no end token is named.</exception>
    public static GenerationConfig Read(string path, JsonObject? config = null)
    {
        string file = Path.Combine(path, FileName);
        var fields = new Fields(File.Exists(file) ? HubFolder.ReadJson(file) : [], file);
        bool draws = fields.Flag("do_sample");
        double temperature = fields.Number("temperature", 1, "0 or above", value => value >= 0);
        if (draws && temperature == 0)
            throw fields.Wrong("temperature", "above 0 where \"do_sample\" is true");

        var defaults = new GenerationConfig { EndTokens = [] };
        return new GenerationConfig
        {
            EndTokens = EndTokensOf(fields, config, path),
            PadToken = fields.Node("pad_token_id") is null ? null : fields.Integer("pad_token_id", 0, least: 0),
            DoSample = draws,
            Temperature = temperature == 0 ? 1 : temperature,
            TopK = fields.Integer("top_k", defaults.TopK, least: 0),
            TopP = fields.Number("top_p", defaults.TopP, "from 0 to 1", value => value is >= 0 and <= 1),
            MinP = fields.Number("min_p", defaults.MinP, "from 0 to 1", value => value is >= 0 and <= 1),
            RepetitionPenalty = fields.Number(
                "repetition_penalty", defaults.RepetitionPenalty, "above 0", value => value > 0),
            NoRepeatNgram = fields.Integer("no_repeat_ngram_size", 0, least: 0),
            MinNewTokens = fields.Integer("min_new_tokens", 0, least: 0),
            MaxNewTokens = fields.Node("max_new_tokens") is null ? null : fields.Integer("max_new_tokens", 0, least: 1),
        };
    }

    /// <summary>
    /// How the reference would generate with these settings: greedy unless they say to draw, with the penalty and the bans
    /// in both cases. What greedy sampling ignores is filled in all the same, for a caller who turns drawing on.
    /// </summary>
    /// <param name="maxNewTokens">Most tokens in a completion: the caller's, before the file's.</param>
    public Sampling Sampling(int maxNewTokens) => new()
    {
        MaxNewTokens = maxNewTokens,
        Greedy = !DoSample,
        Temperature = Temperature,
        TopK = TopK,
        TopP = TopP,
        MinP = MinP,
        RepetitionPenalty = RepetitionPenalty,
        NoRepeatNgram = NoRepeatNgram,
        MinNewTokens = MinNewTokens,
    };

    // A number or a list; this file wins over config.json, whose outer part wins over its text part.
    private static int[] EndTokensOf(Fields fields, JsonObject? config, string path)
    {
        const string Name = "eos_token_id";
        string file = Path.Combine(path, "config.json");
        var outer = new Fields(config ?? [], file);
        var text = new Fields(config?["text_config"] as JsonObject ?? [], file);
        foreach (Fields place in (Fields[])[fields, outer, text])
            if (place.Node(Name) is not null and not JsonArray { Count: 0 })
                return place.Ids(Name);

        throw new UsageException("no end-of-sequence token is set", fields.File,
            "add \"eos_token_id\" to generation_config.json");
    }

    /// <summary>A JSON object whose mistakes name the file and the field; null is as good as absent.</summary>
    private sealed record Fields(JsonObject Json, string File)
    {
        private const int Longest = 60;     // characters of a wrong value in a message

        private static readonly JsonSerializerOptions s_plain = new()
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

        internal JsonNode? Node(string name) => Json[name];

        internal bool Flag(string name) => Json[name]?.GetValueKind() switch
        {
            null => false,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(name, "true or false"),
        };

        internal double Number(string name, double otherwise, string range, Predicate<double> allowed) =>
            Json[name] is not { } node ? otherwise
            : Value(node) is { } value && allowed(value) ? value
            : throw Wrong(name, $"a number {range}");

        internal int Integer(string name, int otherwise, int least) => Json[name] is { } node
            ? Whole(node, least) ?? throw Wrong(name, $"a whole number of at least {least}")
            : otherwise;

        internal int[] Ids(string name)
        {
            IEnumerable<JsonNode?> nodes = Json[name] as JsonArray ?? (IEnumerable<JsonNode?>)[Json[name]];
            return [.. nodes.Select(node => Whole(node, 0) ?? throw Wrong(name, "a token id or a list of them"))];
        }

        internal UsageException Wrong(string name, string rule) => new(
            string.Create(CultureInfo.InvariantCulture,
                $"\"{name}\" is {Shown(Json[name])} and must be {rule}"),
            File, $"correct \"{name}\" in {Path.GetFileName(File)}, or download the file again");

        private static string Shown(JsonNode? node)
        {
            string json = node?.ToJsonString(s_plain) ?? "null";
            return json.Length <= Longest ? json : json[..Longest] + "...";
        }

        private static double? Value(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number
            && double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture) is var value && double.IsFinite(value)
            ? value : null;

        private static int? Whole(JsonNode? node, int least) =>
            Value(node) is { } value && value >= least && value <= int.MaxValue && value == Math.Floor(value)
                ? (int)value : null;
    }
}
