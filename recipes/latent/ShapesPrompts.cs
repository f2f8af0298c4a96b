using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;

/// <summary>Questions about generated drawings as a model's prompts, and the model to start from.</summary>
/// <param name="processor">Makes prompts.</param>
/// <param name="kinds">Kinds of questions, taken in turn.</param>
sealed class ShapesPrompts(IPromptProcessor processor, string[] kinds) : IQuestions
{
    /// <summary>The kinds of questions of these experiments.</summary>
    internal static string[] DefaultKinds =>
        ["color", "shape", "describe", "ground", "count", "exists", "describe", "ground", "compare", "relation"];

    /// <inheritdoc/>
    public string Kinds => string.Join(' ', kinds);

    /// <inheritdoc/>
    public Prompt Ask(Split split, long seed, long index) =>
        processor.Prompt(Shapes.Example(seed, split, index, new ShapesOptions { Kinds = kinds }));

    /// <summary>Questions of one of these kinds alone; null where it is not among them.</summary>
    internal ShapesPrompts? Only(string kind) => kinds.Contains(kind) ? new(processor, [kind]) : null;

    /// <summary>A question with an answer to learn.</summary>
    internal Example Pair(long seed, Split split, int index, double alternateAnnotatorRate) =>
        Shapes.Paired(seed, split, index, new ShapesOptions { Kinds = kinds, AlternateAnnotatorRate = alternateAnnotatorRate });

    /// <summary>Throws where a kind is unknown, or has no drawing.</summary>
    internal static void Check(string[] kinds) =>
        _ = Shapes.Paired(0, Split.Train, 0, new ShapesOptions { Kinds = kinds });

    /// <summary>Writes a run's result as <c>model</c>, with its latent actions where it has them.</summary>
    /// <param name="run">The run.</param>
    /// <param name="checkpoint">Its last checkpoint.</param>
    internal static void WriteModel(Run run, string checkpoint) => CompleteFolder.Write(Path.Combine(run.Folder, "model"), folder =>
    {
        if (LatentCheckpoint.IsAt(checkpoint))
            LatentCheckpoint.Load(checkpoint, run.Device).Write(folder);
        else
            VlmCheckpoint.Load(checkpoint, run.Device).Write(folder);
    });

    /// <summary>The folder to start from. Without one, --smoke starts from a randomly initialised model.</summary>
    internal static string Start(string? model, Run run) => StartModel.Folder(
        run, model, Enumerable.Range(0, 200).Select(i => Shapes.TextOnly(run.Seed, Split.Train, i).Answer));
}
