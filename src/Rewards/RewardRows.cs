namespace Vlm.Rewards;

/// <summary>Every reward of this package, one row each. A new one is a file in the folder of its group and a row here.</summary>
internal static class RewardRows
{
    private static readonly Truth.Word s_word = new("red ball"), s_yes = new("yes"), s_false = new("false"), s_count = new("1000");
    private static readonly Truth.Number s_thousand = new(1000);
    private static readonly Truth.Choice s_choice = new('B', ["cat", "dog", "3"]);
    private static readonly Truth.Schema s_schema = new("""{"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}""");
    private static readonly Truth.Region s_region = new(new(40, 30, 60, 40), Frame.OriginalPixels, 200, 100);

    public static NamedTable<Reward> Table() => new("reward", [.. Rows(), .. GroundingRows.All(), .. LengthRows.All()]);

    private static Reward[] Rows() =>
    [
        Text("exact_match", ExactMatch.Score, s_word, "red ball",
            "Rajpurkar et al. 2016, arXiv:1606.05250, section 6.1, without its normalisation"),
        Text("normalized_match", NormalizedMatch.Score, s_word, "The red ball.",
            "Antol et al. 2015, arXiv:1505.00468; normalisation of github.com/GT-Vision-Lab/VQA, vqaEval.py"),
        Text("yes_no", YesNo.Score, s_yes, "yes", "Li et al. 2023 (POPE), arXiv:2305.10355"),
        Text("true_false", TrueFalse.Score, s_false, "false", "Suhr et al. 2017 (NLVR), https://aclanthology.org/P17-2034"),
        Text("word_match", WordMatch.Score, s_yes, "Yes.",
            "yes_no, true_false or normalized_match, whichever the truth asks for"),
        Text("token_f1", TokenF1.Score, s_word, "ball, red", "Rajpurkar et al. 2016, arXiv:1606.05250, section 6.1"),
        Row<Truth.Number>("number_match", (answer, truth) => NumberMatch.Score(answer, truth), s_thousand, "1,000",
            "equality of numbers, as in Cobbe et al. 2021 (GSM8K), arXiv:2110.14168"),
        Row<Truth.Number>("relaxed_accuracy", (answer, truth) => RelaxedAccuracy.Score(answer, truth), s_thousand, "1,020",
            "Masry et al. 2022 (ChartQA), arXiv:2203.10244, section 5.2"),
        Row<Truth.Choice>("choice_match", ChoiceMatch.Score, s_choice,
            "(B) dog", "Liu et al. 2023 (MMBench), arXiv:2307.06281, without its language model"),

        Row<Truth.Region>("iou", Iou.Score, s_region, "[40, 30, 60, 40]",
            "Everingham et al. 2010 (PASCAL VOC), https://doi.org/10.1007/s11263-009-0275-4"),
        Row<Truth.Region>("acc@0.5", (answer, truth) => IouHit.Score(answer, truth), s_region, "[41, 30, 60, 40]",
            "Yu et al. 2016 (RefCOCO), arXiv:1608.00272"),
        Row<Truth.Region>("point_in_box", PointInBox.Score, s_region, "(50, 35)",
            "Cheng et al. 2024 (ScreenSpot), arXiv:2401.10935"),

        Benchmark("vqa_score", (said, truth) => VqaAccuracy.Score(said, People(truth)), s_word, "red ball",
            "Antol et al. 2015, arXiv:1505.00468; github.com/GT-Vision-Lab/VQA, vqaEval.py"),
        Benchmark("textvqa_score", (said, truth) => TextVqaAccuracy.Score(said, People(truth)), s_word, "The red ball?",
            "Singh et al. 2019, arXiv:1904.08920; github.com/facebookresearch/mmf, pythia/tasks/processors.py"),
        Benchmark("relaxed_accuracy_text", (said, truth) => ChartQaAccuracy.Score(said, truth.AllAnswers()), s_count, "1020",
            "Masry et al. 2022 (ChartQA), arXiv:2203.10244; github.com/google-research/pix2struct, metrics.py"),
        Benchmark("anls", (said, truth) => Anls.Score(said, truth.AllAnswers()), s_word, "Red  Ball",
            "Biten et al. 2019, arXiv:1907.00490, equation 1"),
        Benchmark("ocrbench", (said, truth) => OcrBench.Score(said, truth.AllAnswers()), s_word, "It says RED BALL.",
            "Liu et al. 2024, arXiv:2305.07895; github.com/Yuliang-Liu/MultimodalOCR"),
        Chosen("mmbench_choice", (said, letter, options) => MmBenchChoice.Score(said, letter, options), "B) dog",
            "Liu et al. 2023, arXiv:2307.06281; VLMEvalKit, matching_util.py"),
        Chosen("mmmu_choice", (said, letter, options) => MmmuChoice.Score(said, letter, options), "so it is (B)",
            "Yue et al. 2023, arXiv:2311.16502; github.com/MMMU-Benchmark/MMMU"),
        Chosen("scienceqa_choice", (said, letter, options) => ScienceQaChoice.Score(said, letter, options), "B. dog",
            "Lu et al. 2022, arXiv:2209.09513; github.com/lupantech/ScienceQA"),
        Chosen("ai2d_choice", (said, letter, options) => Ai2dChoice.Score(said, letter, options), "B.",
            "Kembhavi et al. 2016, arXiv:1603.07396; lmms-eval, tasks/ai2d"),
        Chosen("seed_choice", (said, letter, options) => SeedChoice.Score(said, letter, options), "B",
            "Li et al. 2023 (SEED-Bench), arXiv:2307.16125; lmms-eval, tasks/seedbench"),
        Chosen("mmstar_choice", (said, letter, options) => MmStarChoice.Score(said, letter, options), "B",
            "Chen et al. 2024, arXiv:2403.20330; github.com/MMStar-Benchmark/MMStar"),
        Chosen("vlm_r1_choice", (said, letter, _) => VlmR1Choice.Read(said).Against(letter), "The answer is B.",
            "Shen et al. 2025 (VLM-R1), arXiv:2504.07615; github.com/om-ai-lab/VLM-R1, grpo_jsonl.py"),
        Benchmark("gqa_match", (said, truth) => GqaMatch.Score(said, truth.Answer), s_word, "red ball",
            "Hudson and Manning 2019, arXiv:1902.09506; eval.py of its questions"),
        Benchmark("mmmu_open", (said, truth) => MmmuOpen.Score(said, truth.AllAnswers()), s_word, "So it is a red ball.",
            "Yue et al. 2023, arXiv:2311.16502; github.com/MMMU-Benchmark/MMMU"),

        Row<Truth>("answer_tags", (answer, _) => AnswerTags.Score(answer.Completion), s_word, "so <answer>red</answer>",
            "DeepSeek-AI 2025 (R1), arXiv:2501.12948"),
        Row<Truth>("box_json", (answer, _) => BoxJson.Score(answer), s_region, "{\"box\": [40, 30, 60, 40]}",
            "Bai et al. 2025 (Qwen2.5-VL), arXiv:2502.13923"),
        Row<Truth>("think_format", (answer, _) => ThinkAnswer.ThinkScore(answer.Completion), s_word, "<think>a ball</think> red",
            "DeepSeek-AI 2025 (R1), arXiv:2501.12948; TRL, think_format_reward"),
        Row<Truth>("think_answer", (answer, _) => ThinkAnswer.AnswerScore(answer.Completion), s_word, "<think>a ball</think><answer>red</answer>",
            "Liu et al. 2025 (Visual-RFT), arXiv:2503.01785; github.com/Liuziyu77/Visual-RFT, grpo.py"),
        Text("class_match", ClassMatch.Score, s_word, "Red_Ball",
            "Liu et al. 2025 (Visual-RFT), arXiv:2503.01785, section 3.2; grpo_classification.py"),
        Text("math_match", MathMatch.Score, new Truth.Expression("\\frac{\\sqrt{3}}{2}"), "\\boxed{\\sqrt{3}/2}",
            "Hendrycks et al. 2021 (MATH), arXiv:2103.03874; github.com/huggingface/Math-Verify"),
        Row<Truth.Schema>("json_schema", (answer, truth) => JsonSchemaMatch.Score(answer, truth), s_schema, "{\"name\": \"ball\"}",
            "JSON Schema, draft 2020-12, json-schema.org; the keywords of docs/rewards.md"),
    ];

    private static Reward Text(
        string name, Func<Answer, string, Score> score, Truth.Written truth, string right, string source) =>
        Row<Truth.Written>(name, (answer, known) => score(answer, known.Answer), truth, right, source);

    // The scorers of benchmarks cut nothing out of an answer; what is cut before is the choice of an AnswerFormat.
    private static Reward Benchmark(
        string name, Func<string, Truth.Written, Score> score, Truth.Written truth, string right, string source) => Row(
        name, (answer, known) => answer.Text is { } said ? score(said, known) : Score.Zero(answer.Problem), truth, right, source);

    private static Reward Chosen(
        string name, Func<string, char, IReadOnlyList<string>, Score> score, string right, string source) => Row(
        name, (answer, known) => answer.Text is { } said ? score(said, known.Letter, known.Options) : Score.Zero(answer.Problem),
        s_choice, right, source);

    // One answer stands for ten people of one mind.
    private static IReadOnlyList<string> People(Truth.Written truth) =>
        truth.AllAnswers() is { Count: > 1 } people ? people : [.. Enumerable.Repeat(truth.Answer, 10)];

    internal static Reward Row<TTruth>(
        string name, Func<Answer, TTruth, Score> score, TTruth truth, string right, string source)
        where TTruth : Truth => Reward.OfAnswer(name, score) with { Source = source, Example = new(truth, right) };
}
