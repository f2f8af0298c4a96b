using System.Text.Json.Nodes;

namespace Vlm.LatentActions;

/// <summary>What the output layer reads of the world model; h is the state, x the last block's sum.</summary>
public enum ReadOut
{
    /// <summary>norm(x) - h: what the code adds to the state.</summary>
    Delta,

    /// <summary>norm of the last block's output alone, as the released code reads from task training on.</summary>
    LastBlock,

    /// <summary>
    /// norm(x): the state with what the code adds. Where the base is certain its own prediction decides, elsewhere the code.
    /// Not in the paper: for narrow bases with confident predictions, which the bounded difference norm(x) - h cannot
    /// outweigh.
    /// </summary>
    Residual,
}

/// <summary>Sizes of what latent actions add to a base model.</summary>
/// <remarks>
/// Defaults are those released for "Controlling Multimodal Conversational Agents with Coverage-Enhanced Latent Actions",
/// https://arxiv.org/abs/2601.07516, and its ancestor, https://arxiv.org/abs/2503.21383.
/// </remarks>
public sealed record LatentConfig
{
    // Far above what was ever learned, far below what takes minutes to build.
    private const int MaxLayers = 256, MaxCodes = 1 << 16;

    private const string Fix = "use the latent_actions.json the latent weights came with";

    /// <summary>K: codes of the codebook.</summary>
    public int Codes { get; init; } = 128;

    /// <summary>Decoder layers of the inverse dynamics model.</summary>
    public int InverseLayers { get; init; } = 4;

    /// <summary>Blocks that merge a state with a code.</summary>
    public int MergeBlocks { get; init; } = 2;

    /// <summary>Decoder layers of the policy.</summary>
    public int PolicyLayers { get; init; } = 8;

    /// <summary>tau of the straight-through Gumbel-softmax; the sampled code does not depend on it, its gradient does.</summary>
    public double GumbelTemperature { get; init; } = 2.0;

    /// <summary>What the output layer reads, from the task stage on.</summary>
    public ReadOut ReadOut { get; init; } = ReadOut.Delta;

    /// <summary>What it reads in the stages before; <see cref="ReadOut.LastBlock"/> never applies there, as released.</summary>
    public ReadOut LearningReadOut => ReadOut == ReadOut.LastBlock ? ReadOut.Delta : ReadOut;

    /// <summary>Reads <c>latent_actions.json</c>.</summary>
    /// <exception cref="UsageException">A number is missing, or below what can work.</exception>
    public static LatentConfig Read(JsonObject json, string where)
    {
        int Size(string name, int least, int most = MaxLayers) => json[name] is JsonValue value
            && value.TryGetValue(out int size) && size >= least && size <= most
            ? size : throw Wrong(name, $"a whole number from {least} to {most}");

        return new LatentConfig
        {
            Codes = Size("codes", 2, MaxCodes),
            InverseLayers = Size("inverse_layers", 1),
            MergeBlocks = Size("merge_blocks", 1),
            PolicyLayers = Size("policy_layers", 1),
            GumbelTemperature = json["gumbel_temperature"] is not { } node ? 2.0
                : node is JsonValue value && value.TryGetValue(out double number) && number > 0 ? number
                : throw Wrong("gumbel_temperature", "a number above 0"),
            ReadOut = Word("read_out", "delta") switch
            {
                "delta" => ReadOut.Delta,
                "last-block" => ReadOut.LastBlock,
                "residual" => ReadOut.Residual,
                _ => throw Wrong("read_out", "\"delta\", \"last-block\" or \"residual\""),
            },
        };

        string? Word(string name, string otherwise) => json[name] is not { } node ? otherwise
            : node is JsonValue value && value.TryGetValue(out string? word) ? word : null;

        UsageException Wrong(string name, string rule) => new($"\"{name}\" must be {rule}", where, Fix);
    }

    /// <summary>The content of <c>latent_actions.json</c>.</summary>
    public JsonObject Json() => new()
    {
        ["codes"] = Codes,
        ["inverse_layers"] = InverseLayers,
        ["merge_blocks"] = MergeBlocks,
        ["policy_layers"] = PolicyLayers,
        ["gumbel_temperature"] = GumbelTemperature,
        ["read_out"] = ReadOut switch
        {
            ReadOut.Delta => "delta",
            ReadOut.LastBlock => "last-block",
            _ => "residual",
        },
    };
}
