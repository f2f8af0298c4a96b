using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using TorchSharp;
using Vlm.LatentActions;
using Vlm.Onnx.Runtime;

namespace Vlm.Grpo;

/// <summary>Which model answers, and how: for recipes that ask a folder and train nothing.</summary>
public sealed record AnswerOptions : IOptionRules
{
    /// <summary>The folder.</summary>
    /// <value>There is no default.</value>
    [Description("folder of the model, with latent actions or without, or of exported ONNX graphs"), Required]
    public string Model { get; init; } = "";

    /// <summary>Answers with the model's own tokens, even where the folder has latent actions.</summary>
    /// <value>The default is false.</value>
    [Description("answer with the model's own tokens where the folder has codes, which are taken otherwise")]
    public bool Tokens { get; init; }

    /// <summary>What codes are chosen by where nothing is sampled.</summary>
    /// <value>The default is most-probable-code.</value>
    [Description("greedy decoding by most probable code, or by token probability marginalised over codes")]
    public GreedyCode Greedy { get; init; }

    /// <summary>A folder as PEFT writes it.</summary>
    /// <value>The default is null.</value>
    [Description("folder of a PEFT adapter to answer with")]
    public string? Adapter { get; init; }

    /// <summary>Type of weights and arithmetic; what latent actions add stays in float32.</summary>
    /// <value>The default is float32.</value>
    [Description("dtype of weights and arithmetic, whatever the files hold")]
    public Precision Dtype { get; init; }

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        const string asWritten = "must not be set with exported graphs, which run as they were written";
        bool graphs = OnnxCheckpoint.IsAt(Model), codes = LatentCheckpoint.IsAt(Model);
        return
        [
            new(nameof(Adapter), Adapter is null || !graphs, asWritten),
            new(nameof(Dtype), Dtype == default || !graphs, asWritten),
            new(nameof(Greedy), Greedy != GreedyCode.MostProbableToken || (codes && !graphs && !Tokens),
                "must be most-probable-code without latent actions, which Model has in a file latent_actions.json and Tokens leaves out",
                GreedyCode.MostProbableCode),
            new(nameof(Adapter), Adapter is null || Tokens || !codes,
                "must not be set with latent actions, unless Tokens: it changes the base, and the codes are those of the base "
                + "as it was"),
        ];
    }

    /// <summary>Loads what the options name.</summary>
    /// <param name="device">Where it computes; exported graphs on the processor all the same.</param>
    /// <param name="logger">Told what the user should know, codes among it; null tells nobody.</param>
    /// <exception cref="UsageException">The folder or the adapter is incomplete, broken, or does not fit.</exception>
    public VisionLanguageModel Load(torch.Device device, ILogger? logger)
    {
        OptionsCheck.Validate(this);
        bool graphs = OnnxCheckpoint.IsAt(Model);
        var model = VisionLanguageModel.Load(Model, new LoadOptions
        {
            Device = device.ToString(),
            Precision = Dtype,
            Adapter = Adapter,
            Tokens = Tokens,
            Codes = new() { Greedy = Greedy },
        }, logger);
        if (model.Codes is { } codes)
            logger.Line($"answers through {codes} codes{(graphs ? "" : "; Tokens = true takes the base's own tokens")}");
        return model;
    }
}
