using System.Text.Json.Nodes;
using Vlm.Onnx.Export;

namespace Vlm.Models;

/// <summary>
/// A model family: what its configurations are called, how a model and its processor are made, and how it is exported. Each
/// folder below Models has one, and <see cref="Families.All"/> lists them: a new family is a folder and a row.
/// </summary>
public sealed record FamilyDefinition
{
    /// <summary>Every model_type of config.json that the family computes, and what that model is called.</summary>
    public required IReadOnlyList<(string ModelType, string Name)> ModelTypes { get; init; }

    /// <summary>
    /// Builds a model from config.json, of which the second text is the path, for messages. Parameters are made as
    /// <see cref="Engine.Weights"/> says at the time: with memory or without, and on a device.
    /// </summary>
    public required Func<JsonObject, string, IVisionLanguageModel> Build { get; init; }

    /// <summary>Makes what turns chats and images into prompts, from a folder and a model of the family.</summary>
    public required Func<string, IVisionLanguageModel, IPromptProcessor> Processor { get; init; }

    /// <summary>The name a model has for a tensor that some writers call otherwise, from its model_type and that name.</summary>
    public Func<string, string, string> CanonicalName { get; init; } = (_, name) => name;

    /// <summary>How it is exported to ONNX; null where it is not.</summary>
    internal FamilyExport? Export { get; init; }
}

/// <summary>The families that are computed.</summary>
public static class Families
{
    /// <summary>One row for each folder below Models.</summary>
    public static IReadOnlyList<FamilyDefinition> All { get; } = [SmolVlm.SmolVlmFamily.Definition, QwenVl.QwenVlFamily.Definition];

    /// <summary>Every model_type that is read, and what it is called.</summary>
    public static IReadOnlyList<(string ModelType, string Name)> ModelTypes { get; } = [.. All.SelectMany(family => family.ModelTypes)];

    /// <summary>The family of a model_type.</summary>
    /// <param name="modelType">As config.json has it.</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="UsageException">It is none of <see cref="ModelTypes"/>.</exception>
    public static FamilyDefinition Of(string modelType, string where) =>
        All.FirstOrDefault(family => family.ModelTypes.Any(type => type.ModelType == modelType)) ?? throw new UsageException(
            $"the model type \"{modelType}\" is not known (known: {string.Join(", ", ModelTypes.Select(type => type.ModelType))})",
            where, "give a folder of one of these families: " + string.Join(", ", ModelTypes.Select(type => type.Name)));
}
