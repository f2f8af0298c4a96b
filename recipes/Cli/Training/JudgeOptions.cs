using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Vlm;
using Vlm.Images;
using Vlm.Rewards.Learned.Judges;

namespace Recipes.Cli;

/// <summary>How a generative judge is asked: a folder that is loaded here, or an address that speaks OpenAI's chat completions.</summary>
[Category("Judge")]
public sealed record JudgeOptions : IOptionRules
{
    private const string NoCache = "none";
    private const double ServersOwn = -1;

    [Description("name of the judge's model at its address"), Option(Example = "qwen2.5-vl-72b")]
    public string? JudgeModel { get; init; }

    [Description("what an answer is compared with: pointwise, reference, pairwise, win-rate or accuracy; by default what the rubric is made for")]
    [Option(Example = "win-rate")]
    public string? JudgeMode { get; init; }

    [Description("what the judge is told: pointwise, pairwise, mmrole, pcogalign, unified, paper-003, yes-no, or a text file with placeholders such as {question} and {answer}")]
    [Option(Example = "pointwise")]
    public string? Rubric { get; init; }

    [Description("environment variable that holds the key of the judge's address; where it is not set, none is sent"), Required]
    public string JudgeApiKeyVariable { get; init; } = JudgeEndpoint.DefaultKeyVariable;

    [Description("most requests to the judge's address in flight"), Range(1, 4096)]
    public int JudgeConcurrency { get; init; } = new EndpointOptions().MaxConcurrency;

    [Description("seconds that one request to the judge's address may take"), Range(0d, 86_400, MinimumIsExclusive = true)]
    public double JudgeTimeout { get; init; } = new EndpointOptions().Timeout;

    [Description("how often a request is repeated that the judge's address turned away for now"), Range(0, 100)]
    public int JudgeRetries { get; init; } = new EndpointOptions().MaxRetries;

    [Description("file that keeps the judge's answers, so that none is paid for twice; by default one in the run's folder; none keeps none")]
    [Option(Example = "judge.jsonl")]
    public string? JudgeCache { get; init; }

    [Description("most tokens of a judge's answer, thinking included"), Range(1, int.MaxValue)]
    public int JudgeMaxTokens { get; init; } = new EndpointOptions().MaxNewTokens;

    [Description("temperature that the judge's address is asked for; -1 leaves it to the server"), Range(ServersOwn, 2d)]
    public double JudgeTemperature { get; init; }

    [Description("requests that a judge from a folder answers together"), Range(1, 4096)]
    public int JudgeBatch { get; init; } = new FolderJudgeOptions().BatchSize;

    [Description("dtype of a judge from a folder")]
    public Precision JudgeDtype { get; init; }

    [Description("the judge is shown no images: it reads text alone")]
    public bool JudgeTextOnly { get; init; }

    [Description("order in which two answers are shown: both, of which the mean counts, or one at random")]
    public JudgeOrders JudgeOrders { get; init; }

    [Description("with how many others of its group a completion is compared in mode win-rate; 0 for all"), Range(0, int.MaxValue)]
    public int JudgeOpponents { get; init; }

    [Description("mode reference gives what it could not score the sum of scores over all, as the released code of MMLA does")]
    public bool JudgeFillMissing { get; init; }

    [Description("what a right answer of full length pays in mode accuracy"), Range(0d, double.MaxValue)]
    public double JudgeLengthWeight { get; init; } = new LengthCost().TimeWeight;

    [Description("letters, or tokens in training, from which on length costs no more in mode accuracy"), Range(1, int.MaxValue)]
    public int JudgeMaxLength { get; init; } = new LengthCost().MaxLength;

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        if (!JudgeEndpoint.IsVariable(JudgeApiKeyVariable))
            throw new OptionException($"{nameof(JudgeApiKeyVariable)} must be a variable's name; what is set is not shown, for it may be a key",
                nameof(JudgeApiKeyVariable), null, $"{nameof(JudgeApiKeyVariable)} = {JudgeEndpoint.DefaultKeyVariable}");
        string[] modes = [.. Enum.GetValues<JudgeMode>().Select(mode => OptionText.Show(mode))];
        return
        [
            new(nameof(JudgeMode), JudgeMode is null || modes.Contains(JudgeMode), $"must be one of {string.Join(", ", modes)}",
                NearestName.Of(JudgeMode ?? "", modes)),
            new(nameof(JudgeTemperature), JudgeTemperature is ServersOwn or >= 0, "must be -1, or >= 0", 0.0),
        ];
    }

    /// <summary>A learned reward for <c>judge:DIR</c> or <c>judge:URL</c>.</summary>
    /// <param name="judge">The folder, or the address.</param>
    /// <param name="name">What it is logged under.</param>
    /// <param name="folder">Where answers are kept unless the options say otherwise; null keeps none then.</param>
    /// <param name="device">Where a folder computes.</param>
    /// <param name="log">Told what each step came to.</param>
    /// <param name="length">Counts the tokens of a completion; null counts letters.</param>
    /// <exception cref="UsageException">There is no such folder, address, rubric; the rubric does not fit; the file cannot be written.</exception>
    public IJudge Make(string judge, string name, string? folder, string device, ILogger? log, Func<string, int>? length = null)
    {
        (Rubric rubric, JudgeMode mode) = Rule();
        return JudgeTable.Make(Model(judge, folder, device, log), mode, rubric, Settings(name) with { Length = length }, log);
    }

    /// <summary>A policy that judges itself, as it is at the time; its replies are not kept, for they change with it.</summary>
    /// <param name="policy">Borrowed.</param>
    /// <param name="decode">How the policy sees images.</param>
    /// <param name="name">What it is logged under.</param>
    /// <param name="log">Told what each step came to.</param>
    /// <param name="length">Counts the tokens of a completion; null counts letters.</param>
    public IJudge OfPolicy(VisionLanguageModel policy, DecodeOptions decode, string name, ILogger? log, Func<string, int>? length)
    {
        (Rubric rubric, JudgeMode mode) = Rule();
        var model = FolderJudgeModel.Borrow(policy, new() { BatchSize = JudgeBatch, MaxNewTokens = JudgeMaxTokens, Decode = decode });
        return JudgeTable.Make(model, mode, rubric, Settings(name) with { Length = length }, log);
    }

    /// <summary>Compares pairs of answers.</summary>
    /// <inheritdoc cref="Make"/>
    public PairComparer Compare(string judge, string name, string? folder, string device, ILogger? log)
    {
        Rubric rubric = RubricFile.Load(Rubric ?? RubricPresets.Pairwise.Name, Vlm.Rewards.Learned.Judges.JudgeMode.Pairwise);
        return new(Model(judge, folder, device, log), rubric, Settings(name), log);
    }

    /// <summary>What is asked, answers kept.</summary>
    /// <inheritdoc cref="Make"/>
    public IJudgeModel Model(string judge, string? folder, string device, ILogger? log)
    {
        if (JudgeEndpoint.IsAddress(judge) && string.IsNullOrWhiteSpace(JudgeModel))
            throw new OptionException("a judge behind an address needs the name of its model", nameof(JudgeModel), JudgeModel, $"{nameof(JudgeModel)} = qwen2.5-vl-72b");
        IJudgeModel model = JudgeEndpoint.IsAddress(judge)
            ? JudgeEndpoint.Open(judge, JudgeModel, JudgeApiKeyVariable, Endpoint())
            : FolderJudgeModel.Load(judge, new() { Device = device, Precision = JudgeDtype },
                new() { BatchSize = JudgeBatch, MaxNewTokens = JudgeMaxTokens }, log);
        if (JudgeCache == NoCache || (JudgeCache ?? folder) is null)
            return model;
        try
        {
            return new CachedJudgeModel(model, JudgeCache ?? Path.Combine(folder!, $"judge-{Short(model.Identity!)}.jsonl"));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private (Rubric Rubric, JudgeMode Mode) Rule()
    {
        JudgeMode? mode = JudgeMode is null ? null
            : Enum.GetValues<JudgeMode>().First(member => OptionText.Show(member) == JudgeMode);
        Rubric rubric = Rubric is null ? RubricPresets.DefaultOf(mode ?? default) : RubricFile.Load(Rubric, mode);
        return (rubric, mode ?? rubric.Mode);
    }

    private JudgeSettings Settings(string name) => new()
    {
        Name = name,
        SendsImages = !JudgeTextOnly,
        Orders = JudgeOrders,
        Opponents = JudgeOpponents,
        FillsMissing = JudgeFillMissing,
        LengthCost = new() { TimeWeight = JudgeLengthWeight, MaxLength = JudgeMaxLength },
    };

    private EndpointOptions Endpoint() => new()
    {
        MaxConcurrency = JudgeConcurrency,
        Timeout = JudgeTimeout,
        MaxRetries = JudgeRetries,
        MaxNewTokens = JudgeMaxTokens,
        Temperature = JudgeTemperature == ServersOwn ? null : JudgeTemperature,
    };

    private static string Short(string identity) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)).AsSpan(0, 4));
}
