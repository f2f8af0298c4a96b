using TorchSharp.Modules;
using Vlm.Checkpoints;

namespace Vlm.Adapters;

/// <summary>Parts of a model that training leaves as they are.</summary>
public static class FrozenParts
{
    /// <summary>Reads "vision,connector" or the words one by one.</summary>
    /// <param name="words">What was typed; parts in any order, each once or more.</param>
    /// <param name="option">The property that holds them, for the message.</param>
    /// <exception cref="UsageException">A word is no part.</exception>
    public static IReadOnlyList<ModelPart> Parse(IEnumerable<string> words, string option = "Freeze") =>
        [.. words.SelectMany(word => word.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(word => Part(word, option)).Distinct()];

    /// <summary>Turns the gradients of the parts off, adapters in them included. Nothing is turned on.</summary>
    public static void Freeze(IVisionLanguageModel model, IReadOnlyCollection<ModelPart> parts)
    {
        foreach ((string name, Parameter value) in model.Parameters)
            if (parts.Contains(model.PartOf(name)))
                value.requires_grad = false;
    }

    /// <summary>"vision": the part as it is typed.</summary>
    public static string Word(ModelPart part) => part.ToString().ToLowerInvariant();

    private static ModelPart Part(string word, string option)
    {
        ModelPart[] parts = Enum.GetValues<ModelPart>();
        int found = Array.FindIndex(parts, part => Word(part) == word);
        return found >= 0 ? parts[found] : throw new UsageException(
            $"\"{word}\" is no part of a model; the parts are {string.Join(", ", parts.Select(Word))}",
            $"{option} = {word}", $"{option} = {TensorNames.Nearest(word, parts.Select(Word)).First()}");
    }
}
