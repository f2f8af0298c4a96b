#!/usr/bin/env dotnet
// Make pairs of answers for a reward model: sample a model's own answers, and pair those that a reward tells apart.
#:project ../src/Grpo/Grpo.csproj
#:project ../src/Rewards/Learned/Learned.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm pairs --model models/qwen2.5-vl-3b --data train.parquet --reward judge:http://127.0.0.1:8000/v1 --judge-model qwen2.5-vl-72b
//   ./vlm pairs --model recipes/warm-start --data shapes --kinds caption --questions 2000
//   ./vlm reward-model --model MODEL --data runs/pairs/pairs.parquet
//
// Comparisons between answers to one question, as in Ouyang et al. 2022, arXiv:2203.02155, section 3.4, labelled by what the data says
// is true, by a reward of your own, or by a judge, as in Lee et al. 2023, arXiv:2309.00267. Every answer is sampled from a stream of
// its own: the pairs are the same at any --batch.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Rewards.Learned;

return RecipeCommand.Run<PairsOptions>(args, "pairs", "sample answers, and pair those that a reward tells apart", run =>
{
    PairsOptions options = run.Options;
    using VisionLanguageModel model = options.Answerer.Load(run.Device, run.Logger);
    RunRewards rewards = options.Rewards.Read();
    using RunScorer scorer = RunScorer.Open(run, rewards, model, options.Seen);
    var pairs = new List<Preference>();
    (int asked, int paired, double sum, int scored, int texts) = (0, 0, 0, 0, 0);
    foreach (Example[] part in Questions().Select(rewards.On).Chunk(Math.Max(1, options.Batch / options.Samples)))
    {
        run.Token.ThrowIfCancellationRequested();
        Prompt[] prompts = [.. part.Select(example => model.Prompt(example, options.Seen.Decode, options.Seen.BoxFrame))];
        Rollout[] answers = model.Sampler.Sample(prompts, options.Samples, options.Sampling, new SampleKey(run.Seed, 0, asked), run.Token);
        IReadOnlyList<TotalScore> scores = scorer.Score(answers);
        foreach ((int i, int[] group) in Completion.Groups([.. answers.Select(Completion.Of)]).Index())
        {
            double[] values = [.. group.Select(k => scores[k].Value)];
            int before = pairs.Count;
            pairs.AddRange(AnswerPairs.Of(part[i], [.. group.Select(k => answers[k].Text)], values, options.Pairs,
                new RandomStream(run.Seed, "answer-pairs", asked + i)).Select((pair, n) => Numbered(pair, n + 1)));
            paired += pairs.Count > before ? 1 : 0;
            texts += group.Select(k => answers[k].Text).Distinct().Count();
            (sum, scored) = (sum + values.Where(double.IsFinite).Sum(), scored + values.Count(double.IsFinite));
        }
        asked += part.Length;
    }
    if (pairs.Count == 0)
        throw new UsageException($"no two of {asked * options.Samples} answers to {asked} questions are told apart by the reward",
            $"--samples {options.Samples} --temperature {OptionText.Show(options.Temperature)}", "more samples, a higher temperature, a smaller --min-gap, or another --reward");

    string file = Path.Combine(run.Folder, "pairs.parquet");
    PreferenceData.Write(file, pairs);
    var report = new
    {
        questions = asked,
        answers = asked * options.Samples,
        texts,
        scored,
        reward = sum / scored,
        pairs = pairs.Count,
        paired,
        strength = pairs.Average(pair => pair.Strength!.Value),
    };
    run.Say(string.Create(CultureInfo.InvariantCulture, $"{report.pairs:N0} pairs of {report.paired:N0} of {asked:N0} questions, "
        + $"{report.texts:N0} different texts among {report.answers:N0} answers, mean reward {report.reward:F3}, mean difference of a pair {report.strength:F3}"));
    run.Say($"the pairs are in {file}; use them with ./vlm reward-model --data {file}");
    run.Finish(report);

    // Several pairs of one question are records of their own.
    static Preference Numbered(Preference pair, int number) =>
        pair with { Example = pair.Example with { Id = string.Create(CultureInfo.InvariantCulture, $"{pair.Example.Id}#{number}") } };

    IEnumerable<Example> Questions() => AskedQuestions.Of(run, options.Data, options.Kinds, options.Reading, generated =>
        generated.Train(run.Seed, options.Kinds).Take(0, options.Questions ?? PairsOptions.Generated)).Take(options.Questions ?? int.MaxValue);
}, RecipeKind.Measures);

/// <summary>Whose answers are paired, and how.</summary>
sealed record PairsOptions
{
    internal const int Generated = 1000;

    public AnswerOptions Answerer { get; init; } = new();

    [Description("files, folders or globs of questions, or shapes, nlvr-like or guide, which are generated"), Required]
    [Option(Example = "train.parquet", Smoke = "shapes")]
    public string[] Data { get; init; } = [];

    [Description("most questions; by default all of files, and 1,000 that are generated"), Range(1, int.MaxValue), Option(Smoke = 8)]
    public int? Questions { get; init; }

    [Description("kinds of questions: those kept of files, those taken in turn of generated data; by default all")]
    public string[] Kinds { get; init; } = [];

    [Description("answers sampled to each question"), Range(2, int.MaxValue)]
    public int Samples { get; init; } = 8;

    public AnswerPairOptions Pairs { get; init; } = new();

    [Description("answers sampled together; sets memory; answers change by rounding at most"), Range(1, int.MaxValue)]
    public int Batch { get; init; } = 256;

    [Description("most tokens in a completion"), Range(1, int.MaxValue), Option(Smoke = 8)]
    public int MaxNewTokens { get; init; } = 128;

    [Description("sampling temperature"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 1;

    [Description("top-p (nucleus): sample among the fewest whose probability reaches this; 1 disables it"), Range(0d, 1d)]
    public double TopP { get; init; } = 1;

    public DatasetOptions Reading { get; init; } = new();

    public SeenOptions Seen { get; init; } = new();

    public RewardOptions Rewards { get; init; } = new();

    internal Sampling Sampling => new() { MaxNewTokens = MaxNewTokens, Temperature = Temperature, TopP = TopP };
}
