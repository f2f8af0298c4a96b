namespace Vlm.Rewards;

/// <summary>The rewards of boxes and points, a row each.</summary>
internal static class GroundingRows
{
    private const string VisualRftSource = "Liu et al. 2025 (Visual-RFT), arXiv:2503.01785, section 3.2; github.com/Liuziyu77/Visual-RFT, grpo.py";
    private const string VlmR1Source = "Shen et al. 2025 (VLM-R1), arXiv:2504.07615; github.com/om-ai-lab/VLM-R1, grpo_jsonl.py";
    private const string GuiG1Source = "Zhou et al. 2025 (GUI-G1), arXiv:2505.15810; github.com/Yuqi-Zhou/GUI-G1, grpo_rec.py";
    private const string Right = """[{"bbox_2d": [40, 30, 60, 40], "label": "cat", "confidence": 1}, {"bbox_2d": [100, 50, 120, 90], "label": "dog", "confidence": 1}]""";

    private static readonly Truth.Region s_region = new(new(40, 30, 60, 40), Frame.OriginalPixels, 200, 100);
    private static readonly Truth.Boxes s_boxes = new(
        [new(new(40, 30, 60, 40), "cat"), new(new(100, 50, 120, 90), "dog")], Frame.OriginalPixels, 200, 100);

    public static Reward[] All() =>
    [
        RewardRows.Row<Truth.Region>("center_in_box", GuiG1.HitScore, s_region, "[40, 30, 60, 40]", GuiG1Source),
        RewardRows.Row<Truth.Region>("edge_distance", GuiG1.EdgesScore, s_region, "[40, 30, 60, 40]", GuiG1Source),
        RewardRows.Row<Truth.Region>("gui_g1", GuiG1.Score, s_region, "[40, 30, 60, 40]", GuiG1Source) with { High = GuiG1.High },
        Boxes("detection_iou", VisualRft.OverlapScore, VisualRftSource),
        Boxes("detection_confidence", VisualRft.ConfidenceScore, VisualRftSource),
        Boxes("od_ap", (answer, truth) => AnsweredDetections.Score(
            answer, truth, (claims, all) => VlmR1Detection.AveragePrecision(claims, all)), VlmR1Source),
        Boxes("od_ap50", (answer, truth) => AnsweredDetections.Score(
            answer, truth, (claims, all) => VlmR1Detection.AveragePrecision(claims, all, at50: true)), VlmR1Source),
        Boxes("od_length", (answer, truth) => AnsweredDetections.Score(answer, truth, VlmR1Detection.WithLength), VlmR1Source),
        Boxes("weighted_sum", (answer, truth) => AnsweredDetections.Score(answer, truth, VlmR1Detection.WeightedSum), VlmR1Source),
        Boxes("box_f1@0.5", (answer, truth) => BoxF1.Score(answer, truth), "F1 of the boxes with the right label and an IoU of at least 0.5"),
        RewardRows.Row<Truth.Boxes>("point_f1", PointF1.Score, s_boxes, "(50, 35), (110, 70)",
            "Deitke et al. 2024 (Molmo, PixMo-Points), arXiv:2409.17146, with boxes in place of segments"),
    ];

    private static Reward Boxes(string name, Func<Answer, Truth.Boxes, Score> score, string source) =>
        RewardRows.Row(name, score, s_boxes, Right, source);
}
