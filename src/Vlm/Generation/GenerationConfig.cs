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

    /// <summary>Sample from the distribution; false takes the most likely token each time.</summary>
    public bool DoSample { get; init; }

    /// <summary>Logits are divided by this; above 0. A file that does not sample may say 0, which is read as 1.</summary>
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

    // What is wrong in the file: nothing but sampling by it looks at the settings.
    private UsageException? Fault { get; init; }

    /// <summary>Reads a folder's settings; a folder without the file has the defaults.</summary>
    /// <param name="path">The model folder.</param>
    /// <param name="config">config.json, which names the end tokens where the file does not; null has none.</param>
    /// <exception cref="UsageException">
    /// No end token is named, or the file is no JSON. A wrong setting of sampling is refused by <see cref="Sampling"/>: whoever
    /// samples otherwise has no need of it.
    /// </exception>
    public static GenerationConfig Read(string path, JsonObject? config = null)
    {
        string file = Path.Combine(path, FileName);
        var fields = new JsonReader(File.Exists(file) ? HubFolder.ReadJson(file) : [], file);
        var read = new GenerationConfig { EndTokens = EndTokensOf(fields, config, path), PadToken = Padding(fields) };
        try
        {
            return read.With(fields);
        }
        catch (UsageException wrong)
        {
            return read with { Fault = wrong };
        }
    }

    /// <summary>Refuses end tokens that the model cannot give: its answers would never end.</summary>
    /// <param name="rows">Of the output layer.</param>
    /// <param name="path">The model folder, for messages.</param>
    /// <returns>This.</returns>
    /// <exception cref="UsageException">One is not below the rows.</exception>
    internal GenerationConfig Within(int rows, string path) => EndTokens.All(token => token < rows) ? this
        : throw new UsageException(
            $"\"eos_token_id\" is {EndTokens.First(token => token >= rows)}, and the output layer has {rows} rows",
            Path.Combine(path, FileName), "the generation_config.json and the config.json that the weights came with");

    private GenerationConfig With(JsonReader fields)
    {
        bool samples = fields.Flag("do_sample") ?? false;
        double temperature = fields.Number("temperature", "0 or above", value => value >= 0) ?? 1;
        if (samples && temperature == 0)
            throw fields.Wrong("temperature", "above 0 where \"do_sample\" is true");
        return this with
        {
            DoSample = samples,
            Temperature = temperature == 0 ? 1 : temperature,
            TopK = Math.Max(0, fields.Integer("top_k", least: -1) ?? TopK),       // -1 is off, as vLLM writes it
            TopP = fields.Number("top_p", "from 0 to 1", value => value is >= 0 and <= 1) ?? TopP,
            MinP = fields.Number("min_p", "from 0 to 1", value => value is >= 0 and <= 1) ?? MinP,
            RepetitionPenalty = fields.Number("repetition_penalty", "above 0", value => value > 0) ?? RepetitionPenalty,
            NoRepeatNgram = fields.Integer("no_repeat_ngram_size", least: 0) ?? 0,
            MinNewTokens = fields.Integer("min_new_tokens", least: 0) ?? 0,
            MaxNewTokens = fields.Integer("max_new_tokens", least: 1),
        };
    }

    /// <summary>
    /// How the reference would generate with these settings: greedy unless they say to sample, with the penalty and the bans
    /// in both cases. What greedy sampling ignores is filled in all the same, for a caller who turns sampling on.
    /// </summary>
    /// <param name="maxNewTokens">Most tokens in a completion: the caller's, before the file's.</param>
    /// <exception cref="UsageException">A setting of the file is not what it should be.</exception>
    public Sampling Sampling(int maxNewTokens) => Fault is { } wrong ? throw wrong : new()
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

    // Llama's configurations write -1 where there is none. Only exports for onnxruntime-genai use it, which know others.
    private static int? Padding(JsonReader fields) =>
        fields.Json["pad_token_id"] is JsonValue value && value.TryGetValue(out int token) && token >= 0 ? token : null;

    // A number or a list; this file wins over config.json, whose outer part wins over its text part.
    private static int[] EndTokensOf(JsonReader fields, JsonObject? config, string path)
    {
        const string Name = "eos_token_id";
        string file = Path.Combine(path, "config.json");
        var outer = new JsonReader(config ?? [], file);
        JsonReader text = outer.Part("text_config");
        foreach (JsonReader place in (JsonReader[])[fields, outer, text])
            if (place.Integers(Name, least: 0, "a token id or a list of them") is { Length: > 0 } ids)
                return ids;

        throw new UsageException("no end-of-sequence token is set", fields.File,
            "add \"eos_token_id\" to generation_config.json");
    }
}
