using System.Globalization;

namespace Vlm.Lora;

/// <summary>How many numbers of a part training may move.</summary>
/// <param name="Part">The part's own weights; null stands for the adapters of all parts.</param>
/// <param name="Trainable">Numbers that an optimizer may move.</param>
/// <param name="Total">All numbers.</param>
public sealed record TrainableCount(ModelPart? Part, long Trainable, long Total)
{
    /// <summary>Vision, connector, text, and last the adapters.</summary>
    public static IReadOnlyList<TrainableCount> Of(IVisionLanguageModel model) =>
        [.. Enum.GetValues<ModelPart>().Select(part => (ModelPart?)part).Append(null).Select(part => Of(model, part))];

    /// <summary>"trainable: vision 0 of 9,216, connector 64 of 64, text 0 of 4,096, adapters 512 of 512".</summary>
    public static string Line(IVisionLanguageModel model) =>
        "trainable: " + string.Join(", ", Of(model).Where(count => count.Part is not null || count.Total > 0));

    /// <summary>"vision 0 of 9,216".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(Part is { } part ? FrozenParts.Word(part) : "adapters")} {Trainable:N0} of {Total:N0}");

    private static TrainableCount Of(IVisionLanguageModel model, ModelPart? part)
    {
        TorchSharp.Modules.Parameter[] values = [.. model.Parameters
            .Where(item => PartOf(model, item.Name) == part).Select(item => item.Value)];
        return new(part, values.Where(value => value.requires_grad).Sum(value => value.numel()),
            values.Sum(value => value.numel()));
    }

    private static ModelPart? PartOf(IVisionLanguageModel model, string name) =>
        ModelParameters.IsAdapter(name) ? null : model.PartOf(name);
}
