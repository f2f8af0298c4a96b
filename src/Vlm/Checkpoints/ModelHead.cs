using System.Text.Json.Nodes;
using TorchSharp.Modules;

namespace Vlm.Checkpoints;

/// <summary>A layer on a model's states that is saved with it, such as the score of a reward model.</summary>
/// <param name="Parameters">Its parameters under the names they are stored by.</param>
/// <param name="Configure">Says in a copy of config.json what the folder is.</param>
public sealed record ModelHead(IReadOnlyList<(string Name, Parameter Value)> Parameters, Action<JsonObject> Configure)
{
    /// <summary>The head of transformers' models for sequence classification, [labels, D].</summary>
    public const string ScoreWeight = "score.weight";

    /// <summary>Its bias [labels], which transformers' own have not.</summary>
    public const string ScoreBias = "score.bias";

    /// <summary>The head of TRL's models with a value head, [1, D].</summary>
    public const string ValueWeight = "v_head.summary.weight";

    /// <summary>Its bias [1].</summary>
    public const string ValueBias = "v_head.summary.bias";

    /// <summary>True for the names above: the model itself has no such tensor, and is read without it.</summary>
    public static bool IsName(string name) => name is ScoreWeight or ScoreBias or ValueWeight or ValueBias;
}
