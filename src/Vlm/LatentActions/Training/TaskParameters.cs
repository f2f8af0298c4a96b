using System.Globalization;
using System.Text.RegularExpressions;
using TorchSharp.Modules;
using Vlm.Lora;

namespace Vlm.LatentActions;

/// <summary>Which parameters of the base the task stage trains.</summary>
public sealed partial record TaskParameters
{
    /// <summary>
    /// Share of the decoder's layers, from the last, that are trained, above 0, at most 1; embeddings, final norm and output
    /// layer always are.
    /// </summary>
    public double Layers { get; init; } = 1;

    /// <summary>Vision tower and connector are trained too.</summary>
    public bool Vision { get; init; }

    /// <summary>Freezes what is not trained.</summary>
    /// <param name="model">The base, all of whose parameters are trainable.</param>
    public void Apply(IVisionLanguageModel model)
    {
        if (!Vision)
            FrozenParts.Freeze(model, [ModelPart.Vision, ModelPart.Connector]);
        int first = model.Layers - Math.Max(1, (int)Math.Round(Layers * model.Layers));
        foreach ((string name, Parameter value) in model.Parameters.Where(item => model.PartOf(item.Name) == ModelPart.Text))
            if (LayerNumber().Match(name) is { Success: true } found
                && int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) < first)
                value.requires_grad = false;
    }

    [GeneratedRegex(@"\.layers\.(\d+)\.")]
    private static partial Regex LayerNumber();
}
