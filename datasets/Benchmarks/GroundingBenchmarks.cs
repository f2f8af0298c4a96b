using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Objects and elements that a phrase describes: RefCOCO and its kin, ScreenSpot.</summary>
internal static class GroundingBenchmarks
{
    // {"question_id": "469306", "answer": ["guy petting elephant", ...], "bbox": [102.9, 83.2, 89.9, 230.8], "image": ...}: x, y, width, height.
    public static Benchmark RefCoco { get; } = new()
    {
        Name = "refcoco",
        Title = "RefCOCO, Yu et al. 2016, arXiv:1608.00272",
        Address = "https://huggingface.co/datasets/lmms-lab/RefCOCO",
        Licence = "Apache 2.0 (annotations); images of COCO under their own",
        Scorer = "https://github.com/lichengunc/refer (boxes; IoU at least 0.5, arXiv:1608.00272, section 5)",
        Metric = "acc@0.5",
        Columns =
        [
            new("phrase", "answer", "sentences", "sentence", "ref", "phrase", "question"), new("box", "bbox", "box"),
            new("split", "split", "dataset") { IsOptional = true },
        ],
        MaxNewTokens = 64,
        Read = Phrases,
        Judge = (answer, question, mode) => Vlm.Rewards.RefCoco.Score(answer, (Truth.Region)question.Example.Truth, mode),
    };

    public static Benchmark RefCocoPlus { get; } = RefCoco with
    {
        Name = "refcoco+",
        Title = "RefCOCO+, Yu et al. 2016, arXiv:1608.00272",
        Address = "https://huggingface.co/datasets/lmms-lab/RefCOCOplus",
    };

    public static Benchmark RefCocoG { get; } = RefCoco with
    {
        Name = "refcocog",
        Title = "RefCOCOg, Mao et al. 2016, arXiv:1511.02283",
        Address = "https://huggingface.co/datasets/lmms-lab/RefCOCOg",
    };

    // {"file_name": "mobile_1.png", "instruction": "check the weather", "bbox": [0.1, 0.2, 0.3, 0.4], "data_type": "text",
    //  "data_source": "ios", "image": ...}
    public static Benchmark ScreenSpot { get; } = new()
    {
        Name = "screenspot",
        Title = "ScreenSpot, Cheng et al. 2024, arXiv:2401.10935",
        Address = "https://huggingface.co/datasets/rootsautomation/ScreenSpot",
        Licence = "Apache 2.0",
        Scorer = "https://github.com/njucckevin/SeeClick/blob/main/agent_tasks/screenspot_test.py",
        Metric = "click_accuracy",
        Columns =
        [
            new("instruction", "instruction", "question"), new("box", "bbox", "box"),
            new("data_type", "data_type", "ui_type") { IsOptional = true },
            new("data_source", "data_source", "platform", "application") { IsOptional = true },
        ],
        MaxNewTokens = 128,
        Read = Elements,
        Judge = (answer, question, mode) => Vlm.Rewards.ScreenSpot.Score(answer, Numbers(question), Size(question), mode),
    };

    public static Benchmark ScreenSpotV2 { get; } = ScreenSpot with
    {
        Name = "screenspot_v2",
        Title = "ScreenSpot-v2, Wu et al. 2024 (OS-Atlas), arXiv:2410.23218",
        Address = "https://huggingface.co/datasets/HongxinLi/ScreenSpot_v2",
    };

    public static Benchmark ScreenSpotPro { get; } = ScreenSpot with
    {
        Name = "screenspot_pro",
        Title = "ScreenSpot-Pro, Li et al. 2025, arXiv:2504.07981",
        Address = "https://huggingface.co/datasets/TIGER-Lab/ScreenSpot-Pro",
        Scorer = "https://github.com/likaixin2000/ScreenSpot-Pro-GUI-Grounding/blob/main/eval_screenspot_pro.py",
    };

    // One question for each phrase. The official mode names no frame: boxes are answered in the one that the model was taught.
    private static IEnumerable<BenchmarkItem> Phrases(BenchmarkRow row)
    {
        (double[] box, Extent size) = (row.Numbers("box", 4), row.ImageSize());
        var region = new Box(box[0], box[1], box[0] + box[2], box[1] + box[3]);
        var truth = new Truth.Region(region, Frame.OriginalPixels, size.Width, size.Height);
        return row.Texts("phrase").Select(phrase => BenchmarkItem.Of(row.Mode == ScoringMode.LmmsEval
            ? "Bounding box coordinates are specified in the format (top-left x, top-left y, bottom-right x, bottom-right y). "
                + "All values are floating point numbers bounded between 0 and 1. "
                + $"Please provide the bounding box coordinate of the region this sentence describes: {phrase}"
            : $"Please provide the bounding box coordinates of the region this sentence describes: {phrase}", truth) with
        {
            Parts = row.Parts("split"),
            AsksForModelFrame = row.Mode == ScoringMode.Official,
            Answer = BoxText.Show(box),
        });
    }

    private static IEnumerable<BenchmarkItem> Elements(BenchmarkRow row)
    {
        (double[] box, Extent size, string wanted) = (row.Numbers("box", 4), row.ImageSize(), row.Text("instruction"));
        string prompt = row.Mode switch
        {
            ScoringMode.LmmsEval => "Identify the UI element for the instruction and output exactly one click point as [x, y] "
                + "in normalized coordinates within [0, 1]. "
                + $"Do not output a bounding box.\nInstruction: {wanted}",
            ScoringMode.VlmEvalKit => $"Please complete the following tasks by clicking using `pyautogui.click`:\n{wanted}",
            _ => $"In this UI screenshot, what is the position of the element corresponding to the command \"{wanted}\" (with point)?",
        };
        return
        [
            BenchmarkItem.Of(prompt, new Truth.Word(BoxText.Show(box))) with
            {
                Parts = [.. row.Parts("data_type", "data_source")],
                Facts = new Dictionary<string, string>
                {
                    ["box"] = string.Join(' ', box.Select(number => number.ToString("R", CultureInfo.InvariantCulture))),
                    ["size"] = string.Create(CultureInfo.InvariantCulture, $"{size.Width} {size.Height}"),
                },
            },
        ];
    }

    private static double[] Numbers(BenchmarkQuestion question) =>
        [.. question.Facts["box"].Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];

    // Of the image, where the fact of that name says it.
    internal static Extent Size(BenchmarkQuestion question)
    {
        string[] sides = question.Facts["size"].Split(' ');
        return new(double.Parse(sides[0], CultureInfo.InvariantCulture), double.Parse(sides[1], CultureInfo.InvariantCulture));
    }
}
