using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Captions that several people wrote of an image: COCO, Flickr30k, NoCaps.</summary>
internal static class CaptionBenchmarks
{
    private const string OneSentence = "Provide a one-sentence caption for the provided image.";

    // With its space at the end.
    private const string KitPrompt =
        "Please describe this image in general. Directly provide the description, do not include prefix like \"This image depicts\". ";

    // {"question_id": "COCO_val2014_000000203564.jpg", "question": "...", "answer": ["A bicycle replica with a clock ...", ...],
    //  "id": 37, "file_name": "COCO_val2014_000000203564.jpg", "image": ...}; in Karpathy's split the list is called sentences.
    public static Benchmark Coco { get; } = new()
    {
        Name = "coco_caption",
        Title = "COCO captions, Chen et al. 2015, arXiv:1504.00325",
        Address = "https://huggingface.co/datasets/lmms-lab/COCO-Caption",
        Licence = "CC BY 4.0 (captions); images of Flickr under their own",
        Scorer = "https://github.com/tylin/coco-caption/blob/3a9afb2682141a03e1cdc02b0df6770d2c884f6f/pycocoevalcap/cider/"
            + "cider_scorer.py",
        Metric = "cider",
        Columns = [new("captions", "answer", "answers", "sentences", "captions", "caption")],
        IsShare = false,
        MaxNewTokens = 64,
        Read = row =>
        [
            BenchmarkItem.Of(
                row.Mode == ScoringMode.VlmEvalKit ? KitPrompt : OneSentence, AcceptedAnswers.Of(row.Texts("captions"))),
        ],
        Among = Weighed,
        Judge = Score,
    };

    // {"image": ..., "caption": ["Two young guys with shaggy hair ...", ...], "sentids": ["0", ...], "img_id": "0", "filename": "1000092795.jpg"}
    public static Benchmark Flickr30k { get; } = Coco with
    {
        Name = "flickr30k",
        Title = "Flickr30k, Young et al. 2014, as in Plummer et al. 2015, arXiv:1505.04870",
        Address = "https://huggingface.co/datasets/lmms-lab/flickr30k",
        Licence = "captions for research; images of Flickr under their own",
        Columns = [new("captions", "caption", "captions", "sentences", "answer")],
    };

    // {"image": ..., "image_id": 0, "image_file_name": "0013ea2087020901.jpg", "annotations_captions": ["A baby is standing ...", ...]}
    public static Benchmark NoCaps { get; } = Coco with
    {
        Name = "nocaps",
        Title = "NoCaps, Agrawal et al. 2019, arXiv:1812.08658",
        Address = "https://huggingface.co/datasets/lmms-lab/NoCaps",
        Licence = "CC BY 2.0",
        Columns = [new("captions", "annotations_captions", "captions", "answer")],
    };

    private static IEnumerable<BenchmarkQuestion> Weighed(IReadOnlyList<BenchmarkQuestion> questions, ScoringMode mode)
    {
        var corpus = new CiderCorpus([.. questions.Select(question => question.Answers)], mode);
        return questions.Select(question => question with { Captions = corpus });
    }

    private static Score Score(string answer, BenchmarkQuestion question, ScoringMode mode)
    {
        CiderCorpus corpus = question.Captions ?? throw new InvalidOperationException(
            $"{question.Example.Id} is measured by the captions of all images: open its file with {nameof(BenchmarkData)}.Open");
        return string.IsNullOrWhiteSpace(answer) ? Unparsed.Because("an empty caption")
            : new(corpus.Score(answer, question.Answers), $"CIDEr-D with {question.Answers.Count} captions of people");
    }
}
