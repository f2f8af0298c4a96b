namespace Vlm.Rewards.Tests;

/// <summary>Rules of boxes, clicks, captions and counts that the vectors do not reach.</summary>
public class DetectionRuleTests
{
    private static readonly Truth.Region s_truth = new(new(20, 10, 100, 50), Frame.OriginalPixels, 200, 100);

    // Half of the box: an IoU of exactly one half is a hit. Pixels, thousandths and shares of the same box.
    [Theory]
    [InlineData("[20, 10, 60, 50]", 1, 0, 0)]
    [InlineData("<box>[100 100 500 500]</box>", 0, 0, 1)]
    [InlineData("[0.1, 0.1, 0.5, 0.5]", 0, 1, 1)]
    [InlineData("0.5 0.5 0.1 0.1", 0, 0, 1)]
    [InlineData("[2000, 10, 100, 50]", 0, 0, 0)]
    public void A_box_is_taken_for_pixels_thousandths_or_shares_as_each_scorer_does(
        string answer, double official, double lmms, double kit) =>
        Assert.Equal((answer, official, lmms, kit), (answer, RefCoco.Score(answer, s_truth).Value,
            RefCoco.Score(answer, s_truth, ScoringMode.LmmsEval).Value, RefCoco.Score(answer, s_truth, ScoringMode.VlmEvalKit).Value));

    [Fact]
    public void An_answer_without_a_box_is_unparsed_and_a_wrong_box_is_not()
    {
        var corner = new Truth.Region(new(0, 0, 0.1, 0.1), Frame.Unit, 1, 1);
        foreach (ScoringMode mode in Enum.GetValues<ScoringMode>())
        {
            Assert.True(RefCoco.Score("over there", s_truth, mode).IsUnparsed());
            Assert.False(RefCoco.Score("[0.9, 0.9, 1, 1]", corner, mode).IsUnparsed());
        }
    }

    // The element is 10, 10, 20 x 20 of 100 x 100 pixels.
    [Theory]
    [InlineData("(0.3, 0.3)", 1, 1, 0)]
    [InlineData("[0.1, 0.1, 0.9, 0.9]", 0, 1, 0)]
    [InlineData("<box>(100,100),(300,300)</box>", 1, 0, 0)]
    [InlineData("pyautogui.click(x=29, y=29)", 0, 1, 1)]
    [InlineData("pyautogui.click(x=0.3, y=0.3)", 1, 1, 0)]
    [InlineData("pyautogui.click(x=0.3, y=0.2)", 1, 1, 0)]
    [InlineData("pyautogui.click(x=0.2, y=0.3)", 1, 1, 0)]
    [InlineData("0.2 0.2 0.2", 0, 1, 0)]
    [InlineData("a box at 0 0 0.4 0.4", 0, 1, 0)]
    public void A_click_is_found_as_each_scorer_does(string answer, double official, double lmms, double kit)
    {
        double[] element = [10, 10, 20, 20];
        double Value(ScoringMode mode) => ScreenSpot.Score(
            answer, mode == ScoringMode.LmmsEval ? [10, 10, 30, 30] : element, new(100, 100), mode).Value;

        Assert.Equal((answer, official, lmms, kit),
            (answer, Value(ScoringMode.Official), Value(ScoringMode.LmmsEval), Value(ScoringMode.VlmEvalKit)));
    }

    [Fact]
    public void A_click_that_is_not_there_is_unparsed_and_lands_top_left_in_VLMEvalKit()
    {
        Assert.True(ScreenSpot.Score("there", [10, 10, 20, 20], new(100, 100), ScoringMode.VlmEvalKit).IsUnparsed());
        Assert.Equal(1, ScreenSpot.Score("there", [0, 0, 20, 20], new(100, 100), ScoringMode.VlmEvalKit).Value);
        Assert.True(ScreenSpot.Score("there", [0, 0, 20, 20], new(100, 100)).IsUnparsed());
        Assert.Throws<ArgumentException>(() => ScreenSpot.Element([1, 2, 3], new(100, 100)));
    }

    // The second detection lies in a crowd and counts for nothing; without it being a crowd it would be a false one, above the hit.
    [Fact]
    public void A_detection_in_a_crowd_costs_nothing()
    {
        CocoDetection hit = new("dog", new(0, 0, 10, 10), 0.5), inside = new("dog", new(50, 50, 10, 10), 0.9);
        CocoTruth dog = new("dog", new(0, 0, 10, 10)), crowd = new("dog", new(40, 40, 50, 50), IsCrowd: true);

        Assert.Equal(1, CocoAp.Of([new([dog, crowd], [hit, inside])]).Value, 1e-12);
        Assert.Equal(0.5, CocoAp.Of([new([dog], [hit, inside])]).Value, 1e-12);
    }

    // All of the detection lies in the crowd, and four fifths of the dog in it: the dog is met first.
    [Fact]
    public void An_object_is_met_before_a_crowd_whatever_their_order()
    {
        CocoTruth dog = new("dog", new(0, 0, 10, 10)), crowd = new("dog", new(0, 0, 50, 50), IsCrowd: true);

        Assert.Equal(1, CocoAp.Of([new([crowd, dog], [new("dog", new(0, 0, 10, 8))])])["AP50"], 1e-12);
    }

    // The dog is found, the cat is not; a bird was claimed, and is nowhere: it is no category.
    [Fact]
    public void Absent_categories_are_left_out_of_the_mean()
    {
        CorpusScore score = CocoAp.Of(
        [
            new([new("dog", new(0, 0, 10, 10)), new("cat", new(0, 0, 100, 100))],
                [new("dog", new(0, 0, 10, 10)), new("bird", new(0, 0, 10, 10))]),
            new([], [], IsParsed: false),
        ]);

        Assert.Equal((0.5, 2, 1), (score.Value, score.Count, score.Unparsed));
        Assert.Equal((1, 0), (score["category/dog"], score["category/cat"]));
        Assert.Equal((1, double.NaN, 0), (score["AP_small"], score["AP_medium"], score["AP_large"]));
        Assert.DoesNotContain(score.Parts, part => part.Name == "category/bird");
    }

    // The hundred and first detection is the hit.
    [Fact]
    public void Only_a_hundred_detections_of_a_category_count()
    {
        CocoTruth dog = new("dog", new(0, 0, 10, 10));
        CocoDetection[] misses = [.. Enumerable.Range(0, 100).Select(i => new CocoDetection("dog", new(50, 50, 10, 10), 0.9))];

        Assert.Equal(0, CocoAp.Of([new([dog], [.. misses, new("dog", new(0, 0, 10, 10), 0.1)])]).Value);
        Assert.Equal(0.01, CocoAp.Of([new([dog], [.. misses[..99], new("dog", new(0, 0, 10, 10), 0.1)])]).Value, 1e-12);
    }

    // One object an image, met in every second: half of the objects are found, by a third of the detections.
    [Fact]
    public void The_interval_of_AP_holds_it_and_narrows_with_more_images()
    {
        static CocoImage[] Images(int count) => [.. Enumerable.Range(0, count).Select(i => new CocoImage(
            [new("dog", new(0, 0, 10, 10))],
            [new("dog", new(i % 2 == 0 ? 0 : 50, 0, 10, 10)), .. i % 2 == 0 ? (CocoDetection[])[new("dog", new(90, 0, 5, 5), 0.9)] : []]))];
        Interval few = CocoAp.IntervalOf(Images(20)), many = CocoAp.IntervalOf(Images(320));

        Assert.Equal(CocoAp.Of(Images(20)).Value, few.Mean);
        Assert.InRange(few.Mean, few.Low, few.High);
        Assert.InRange(many.Mean, many.Low, many.High);
        Assert.InRange((few.High - few.Low) / (many.High - many.Low), 2.5, 6);      // sqrt(16) is 4
        Assert.Equal(few, CocoAp.IntervalOf(Images(20)));
        Assert.NotEqual(few, CocoAp.IntervalOf(Images(20), seed: 1));
    }

    [Fact]
    public void The_interval_of_what_is_all_found_is_one_and_of_nothing_is_none()
    {
        CocoTruth dog = new("dog", new(0, 0, 10, 10));

        Assert.Equal(new(1, 1, 1), CocoAp.IntervalOf([new([dog], [new("dog", dog.Box)]), new([], [])]));
        Assert.True(double.IsNaN(CocoAp.IntervalOf([new([], [])]).Mean));
    }

    // Images that count twice, once and not at all are images that are there twice, once and not at all, in their order.
    [Fact]
    public void An_image_that_counts_twice_is_one_that_is_there_twice()
    {
        var random = new SplitMix(3);
        for (int round = 0; round < 200; round++)
        {
            CocoMatching[] images = [.. Enumerable.Range(0, 6).Select(_ => new CocoMatching(random.Next(3),
                random.Next(2) == 0 ? [] : [(random.Next(4) / 4.0, random.Next(2) == 0)]))];
            int[] times = [.. images.Select(_ => random.Next(3))];
            CocoMatching[] there = [.. images.Zip(times, Enumerable.Repeat).SelectMany(copies => copies)];

            Assert.Equal(Plain(there), new CocoCurve([.. images.Index()]).AveragePrecision(times), 1e-12);
            Assert.Equal(Plain(images), CocoMatching.AveragePrecision(images), 1e-12);
        }
    }

    // As pycocotools' accumulate has it, step by step.
    private static double Plain(CocoMatching[] images)
    {
        double objects = images.Sum(image => image.Objects);
        bool[] hits = [.. images.SelectMany(image => image.Detections).OrderByDescending(found => found.Score).Select(found => found.IsHit)];
        double[] right = [.. hits.Select((_, i) => (double)hits[..(i + 1)].Count(hit => hit))];
        double[] best = [.. right.Select((_, i) => Enumerable.Range(i, hits.Length - i).Max(j => right[j] / (j + 1)))];
        return objects == 0 ? double.NaN : Enumerable.Range(0, 101).Average(step =>
            Array.FindIndex(right, found => found / objects >= (step == 100 ? 1 : step * 0.01)) is >= 0 and var place ? best[place] : 0);
    }

    [Theory]
    [InlineData("A man's dog doesn't run.", "a man 's dog does n't run")]
    [InlineData("Two (2) \"big\" t-shirts, $5; it cannot be!", "two 2 big t-shirts $ 5 it can not be")]
    [InlineData("At 10:30 Mr. Smith of the U.S. ate 1,000.5 cakes...", "at 10:30 mr. smith of the u.s. ate 1,000.5 cakes")]
    [InlineData("They'll go; we've been, I'm o'clock -- boys' toys", "they 'll go we 've been i 'm o'clock boys toys")]
    public void Captions_are_parted_as_the_Penn_Treebank_does(string caption, string words) =>
        Assert.Equal(words, string.Join(' ', PtbWords.Of(caption)));

    // Values of cider_scorer.py: a word said three times earns no more than the reference has of it, and its length costs.
    [Fact]
    public void Repeating_a_word_does_not_pay()
    {
        IReadOnlyList<double> scores = Cider.Each([new("dog dog dog runs", ["dog runs home", "a dog"]), new("a cat", ["a cat sits"])]);

        Assert.Equal(1.2138958072015154, scores[0], 1e-9);
        Assert.Equal(3.486768699520282, scores[1], 1e-9);
    }

    [Fact]
    public void Captions_of_one_image_weigh_nothing_and_categories_have_their_own_means()
    {
        Assert.Equal(0, Cider.Of([new("a red bus", ["a red bus"])]).Value);
        CorpusScore score = Cider.Of([new("A red bus stops.", ["a red bus stops"], "bus"), new("", ["two dogs run home"], "dog")]);
        Assert.Equal((5, 2, 1), (Math.Round(score.Value, 9), score.Count, score.Unparsed));
        Assert.Equal((10, 0), (Math.Round(score["bus"], 9), score["dog"]));
        Assert.Throws<ArgumentException>(() => Cider.Of([new("a", [])]));
    }

    [Fact]
    public void Counts_are_whole_numbers_alone_or_in_answer_tags()
    {
        Assert.Equal(1, Counting.Score(" 7\n", 7).Value);
        Assert.True(Counting.Score("seven", 7).IsUnparsed());
        Assert.True(Counting.Score("7", 7, ScoringMode.LmmsEval).IsUnparsed());
        Assert.Equal(1, Counting.Score("<answer> 7 </answer>", 7, ScoringMode.VlmEvalKit).Value);
        Assert.Equal((0, 0), (Counting.Score("6", 7).Value, Counting.Score("8", 7).Value));
        Assert.False(Counting.Score("6", 7).IsUnparsed());
    }

    // Statement a is judged right for both of its pairs, b for one of two, c for none.
    [Fact]
    public void NLVR2_counts_statements_that_are_right_for_all_their_pairs()
    {
        CorpusScore score = Nlvr2.Of(
        [
            new("a", "True", true), new("b", "false\n", true), new("a", "FALSE", false), new("b", "true", true), new("c", "yes", true),
        ]);

        Assert.Equal((0.6, 5, 1, 1.0 / 3), (Math.Round(score.Value, 12), score.Count, score.Unparsed, score["consistency"]));
    }
}
