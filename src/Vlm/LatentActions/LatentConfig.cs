using System.Text.Json.Nodes;

namespace Vlm.LatentActions;

/// <summary>How the world model turns a state and a code into what the output layer reads.</summary>
public enum ReadOut
{
    /// <summary>norm(x) - h: what the code adds to the state, the state itself taken away. Used in every stage.</summary>
    Delta,

    /// <summary>norm of the last block's output alone, as the released code reads from task training on.</summary>
    LastBlock,

    /// <summary>
    /// norm(x): the state with what the code adds. Nothing is taken away, so a code decides where the base is in doubt, and
    /// where it is sure the base does. Not of the paper: for bases as narrow as they are sure, whose own prediction the
    /// difference cannot outweigh (a norm bounds how far norm(x) can lie from h).
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
    private const string Fix = "use the latent_actions.json the latent weights came with";

    /// <summary>K: codes of the codebook.</summary>
    public int Codes { get; init; } = 128;

    /// <summary>Decoder layers of the inverse dynamics model.</summary>
    public int InverseLayers { get; init; } = 4;

    /// <summary>Blocks that merge a state with a code.</summary>
    public int MergeBlocks { get; init; } = 2;

    /// <summary>Decoder layers of the policy.</summary>
    public int PolicyLayers { get; init; } = 8;

    /// <summary>Temperature of the relaxation that gradients pass through; which code is drawn does not depend on it.</summary>
    public double Relaxation { get; init; } = 2.0;

    /// <summary>How the world model is read, from the task on.</summary>
    public ReadOut ReadOut { get; init; } = ReadOut.Delta;

    /// <summary>How it is read in the stages before: as released, the last block alone is never read there.</summary>
    public ReadOut LearningReadOut => ReadOut == ReadOut.LastBlock ? ReadOut.Delta : ReadOut;

    /// <summary>Reads <c>latent_actions.json</c>.</summary>
    /// <exception cref="UsageException">A number is missing, or below what can work.</exception>
    public static LatentConfig Read(JsonObject json, string where)
    {
        int Size(string name, int least) => json[name] is JsonValue value && value.TryGetValue(out int size) && size >= least
            ? size : throw Wrong(name, $"a whole number of {least} or more");

        return new LatentConfig
        {
            Codes = Size("codes", 2),
            InverseLayers = Size("inverse_layers", 1),
            MergeBlocks = Size("merge_blocks", 1),
            PolicyLayers = Size("policy_layers", 1),
            Relaxation = json["relaxation"] is not { } node ? 2.0
                : node is JsonValue value && value.TryGetValue(out double number) && number > 0 ? number
                : throw Wrong("relaxation", "a number above 0"),
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
        ["relaxation"] = Relaxation,
        ["read_out"] = ReadOut switch
        {
            ReadOut.Delta => "delta",
            ReadOut.LastBlock => "last-block",
            _ => "residual",
        },
    };
}
