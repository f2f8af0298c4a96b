using System.Text.Json;
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

/// <summary>What the policy over codes is built of.</summary>
public enum PolicyForm
{
    /// <summary>New layers over the base's last states, as in the paper.</summary>
    Layers,

    /// <summary>
    /// A branch: a copy of the base's last layers and final norm, which reads what they read and learns on its own. What the base
    /// sees is inherited, not learned anew. Not in the paper.
    /// </summary>
    Branch,

    /// <summary>
    /// New layers whose logits, 0 at first, are added to what the base itself would choose: pi(a | h) is in proportion to the base's
    /// probability of the token that a decodes to, shared among the codes of that token. It acts without cloning; a control.
    /// </summary>
    Prior,
}

/// <summary>What turns a state and a code into a token.</summary>
public enum WorldForm
{
    /// <summary>The learned world model of the paper.</summary>
    Merge,

    /// <summary>Each code is a token: the policy is one over tokens. A control, which has no codebook.</summary>
    Identity,

    /// <summary>Each code is a fixed class of tokens, of which the base takes its most probable one. A control, without a codebook.</summary>
    Classes,
}

/// <summary>Sizes of what latent actions add to a base model.</summary>
/// <remarks>
/// Defaults are those released for "Controlling Multimodal Conversational Agents with Coverage-Enhanced Latent Actions",
/// https://arxiv.org/abs/2601.07516, and its ancestor, https://arxiv.org/abs/2503.21383.
/// </remarks>
public sealed record LatentConfig
{
    // Far above what was ever learned, far below what takes minutes to build.
    private const int MaxLayers = 256, MaxCodes = 1 << 16, MaxTokens = 1 << 22;

    private const string Fix = "use the latent_actions.json the latent weights came with";

    /// <summary>K: codes of the codebook.</summary>
    public int Codes { get; init; } = 128;

    /// <summary>Decoder layers of the inverse dynamics model.</summary>
    public int InverseLayers { get; init; } = 4;

    /// <summary>Blocks that merge a state with a code.</summary>
    public int MergeBlocks { get; init; } = 2;

    /// <summary>Decoder layers of the policy; of a branch no more than the base has.</summary>
    public int PolicyLayers { get; init; } = 8;

    /// <summary>What the policy is built of.</summary>
    public PolicyForm Policy { get; init; }

    /// <summary>What turns a state and a code into a token.</summary>
    public WorldForm World { get; init; }

    /// <summary>tau of the straight-through Gumbel-softmax; the sampled code does not depend on it, its gradient does.</summary>
    public double GumbelTemperature { get; init; } = 2.0;

    /// <summary>What the output layer reads, from the task stage on.</summary>
    public ReadOut ReadOut { get; init; } = ReadOut.Delta;

    /// <summary>What it reads in the stages before; <see cref="ReadOut.LastBlock"/> never applies there, as released.</summary>
    public ReadOut LearningReadOut => ReadOut == ReadOut.LastBlock ? ReadOut.Delta : ReadOut;

    /// <summary>True where the codes mean what they mean from the start, so that there is no stage but cloning.</summary>
    public bool HasFixedCodes => World != WorldForm.Merge;

    /// <summary>True where the policy acts as the base does before it was cloned.</summary>
    public bool ActsUncloned => Policy == PolicyForm.Prior || (Policy == PolicyForm.Branch && World == WorldForm.Identity);

    /// <summary>Reads <c>latent_actions.json</c>.</summary>
    /// <exception cref="UsageException">A number is missing, or below what can work.</exception>
    public static LatentConfig Read(JsonObject json, string where)
    {
        int Size(string name, int least, int most = MaxLayers) => json[name] is JsonValue value
            && value.TryGetValue(out int size) && size >= least && size <= most
            ? size : throw Wrong(name, $"a whole number from {least} to {most}");

        WorldForm world = OneOf<WorldForm>("world");
        return new LatentConfig
        {
            Codes = Size("codes", 2, world == WorldForm.Identity ? MaxTokens : MaxCodes),
            InverseLayers = Size("inverse_layers", 1),
            MergeBlocks = Size("merge_blocks", 1),
            PolicyLayers = Size("policy_layers", 1),
            Policy = OneOf<PolicyForm>("policy"),
            World = world,
            GumbelTemperature = json["gumbel_temperature"] is not { } node ? 2.0
                : node is JsonValue value && value.TryGetValue(out double number) && number > 0 ? number
                : throw Wrong("gumbel_temperature", "a number above 0"),
            ReadOut = OneOf<ReadOut>("read_out"),
        };

        T OneOf<T>(string name) where T : struct, Enum => json[name] is not { } node ? default
            : Enum.GetValues<T>().Cast<T?>().FirstOrDefault(each => node is JsonValue value && value.TryGetValue(out string? word)
                && word == Word(each!.Value))
            ?? throw Wrong(name, string.Join(" or ", (string[])[string.Join(", ", Words<T>()[..^1]), Words<T>()[^1]]));

        UsageException Wrong(string name, string rule) => new($"\"{name}\" must be {rule}", where, Fix);
    }

    /// <summary>The content of <c>latent_actions.json</c>; forms other than the paper's are fields of their own.</summary>
    public JsonObject Json()
    {
        var json = new JsonObject
        {
            ["codes"] = Codes,
            ["inverse_layers"] = InverseLayers,
            ["merge_blocks"] = MergeBlocks,
            ["policy_layers"] = PolicyLayers,
            ["gumbel_temperature"] = GumbelTemperature,
            ["read_out"] = Word(ReadOut),
        };
        if (Policy != default)
            json["policy"] = Word(Policy);
        if (World != default)
            json["world"] = Word(World);
        return json;
    }

    private static string[] Words<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(each => $"\"{Word(each)}\"")];

    // LastBlock is "last-block".
    private static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
