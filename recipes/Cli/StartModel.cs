using Vlm;
using Vlm.Grpo;
using Vlm.Models.SmolVlm;

namespace Recipes.Cli;

/// <summary>The model that a recipe starts from.</summary>
public static class StartModel
{
    /// <summary>The folder that was named, or recipes/warm-start; --smoke without a name makes a randomly initialised model.</summary>
    /// <param name="run">The run; such a model goes into its folder.</param>
    /// <param name="model">What was named; null for nothing.</param>
    /// <param name="texts">What that model's tokenizer learns from; not looked at otherwise.</param>
    public static string Folder(Run run, string? model, IEnumerable<string> texts)
    {
        if (model is not null || !run.Smoke)
            return model ?? Machine.InProject("recipes/warm-start");
        string folder = Path.Combine(run.Folder, "untrained");
        CompleteFolder.Write(folder, inner => SmolVlmNew.Write(inner, SmolVlmNew.Smallest, texts, run.Seed));
        return folder;
    }
}
