using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Vlm.Images;
using Vlm.Rewards;

namespace Vlm.Datasets.Tests.Benchmarks;

/// <summary>A row of a benchmark's layout, made of a generated drawing, with an answer that is right and one that is not.</summary>
/// <param name="Fields">As the file holds it.</param>
/// <param name="Right">Earns the most in every mode.</param>
/// <param name="Wrong">Earns nothing.</param>
public sealed record MadeRow(object Fields, string Right, string Wrong);

/// <summary>Rows in the layout of each benchmark: the columns that its published files have, questions and drawings of our own.</summary>
public static class BenchmarkRows
{
    private const int Options = 4;
    private static readonly string[] s_colors = ["red", "green", "blue", "yellow", "cyan", "magenta", "orange", "purple", "white", "black", "brown", "pink", "gray"];
    private static readonly string[] s_things = ["sports ball", "tv", "kite", "stop sign", "scissors"];

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How rows are made, by the name of their benchmark.</summary>
    public static IReadOnlyDictionary<string, Func<int, string, MadeRow>> Of { get; } = new Dictionary<string, Func<int, string, MadeRow>>
    {
        ["vqav2"] = (i, image) => Color(i, (question, color, wrong) => new(new
        {
            question_id = 262148000 + i,
            question,
            question_type = "what color is the",
            answer_type = "other",
            multiple_choice_answer = color,
            answers = Enumerable.Range(1, 10).Select(id => new { answer = id == 10 ? "not sure" : color, answer_confidence = "yes", answer_id = id }),
            image,
        }, color, wrong)),
        ["ok_vqa"] = (i, image) => Color(i, (question, color, wrong) => new(new
        {
            question_id = $"{2971475 + i}",
            question,
            question_type = "one",
            answer_type = "other",
            answers = Ten(color),
            image,
        }, color, wrong)),
        ["textvqa"] = (i, image) => Color(i, (question, color, wrong) => new(new
        {
            question_id = 34602 + i,
            question,
            image_id = $"{i}",
            ocr_tokens = Array.Empty<string>(),
            answers = Ten(color),
            image,
        }, color, wrong)),
        ["gqa"] = (i, image) => Color(i, (question, color, wrong) => new(new
        {
            id = $"{201307251 + i}",
            imageId = $"n{i}",
            question,
            answer = color,
            fullAnswer = $"It is {color}.",
            types = new { structural = "query", semantic = "attr", detailed = "color" },
            image,
        }, color, wrong)),
        ["chartqa"] = (i, image) => Count(i, (question, number, wrong) => new(new
        {
            id = $"c{i}",
            question,
            answer = number,
            type = i % 2 == 0 ? "human_test" : "augmented_test",
            image,
        }, number, wrong)),
        ["docvqa"] = (i, image) => Color(i, (question, color, wrong) => new(new
        {
            questionId = $"{337 + i}",
            question,
            question_types = (string[])["layout", i % 2 == 0 ? "figure/diagram" : "table/list"],
            docId = i,
            answers = (string[])[color, $"{color} one"],
            image,
        }, color, wrong)),
        ["infovqa"] = (i, image) => Color(i, (question, color, wrong) => new(new Dictionary<string, object>
        {
            ["questionId"] = $"{98313 + i}",
            ["question"] = question,
            ["answers"] = (string[])[color],
            ["answer_type"] = (string[])["single span"],
            ["operation/reasoning"] = Array.Empty<string>(),
            ["image"] = image,
        }, color, wrong)),
        ["ocrbench"] = (i, image) => Color(i, (question, color, wrong) => new(new
        {
            id = i,
            dataset = "IIIT5K",
            question,
            question_type = i % 2 == 0 ? "Regular Text Recognition" : "Scene Text-centric VQA",
            answer = (string[])[color.ToUpperInvariant()],
            image,
        }, $"It says {color}.", wrong)),
        ["ai2d"] = (i, image) => Choice(i, (question, options, right) => new(new
        {
            id = $"a{i}",
            question,
            options,
            answer = $"{right}",
            image,
        }, Letter(right), Letter(right + 1))),
        ["scienceqa"] = (i, image) => Choice(i, (question, options, right) => new(new
        {
            id = $"s{i}",
            question,
            choices = options,
            answer = right,
            hint = i % 2 == 0 ? "Shapes were drawn by a program." : "",
            subject = "natural science",
            topic = "science-and-engineering-practices",
            category = "Drawings",
            skill = "See",
            grade = "grade2",
            task = "closed choice",
            lecture = "",
            solution = "",
            image,
        }, Letter(right), Letter(right + 1))),
        ["mmbench"] = (i, image) => Choice(i, (question, options, right) => new(new Dictionary<string, object>
        {
            ["index"] = 241 + i,
            ["question"] = question,
            ["hint"] = "nan",
            ["A"] = options[0],
            ["B"] = options[1],
            ["C"] = options[2],
            ["D"] = options[3],
            ["answer"] = Letter(right),
            ["category"] = "attribute_recognition",
            ["L2-category"] = "finegrained_perception (instance-level)",
            ["source"] = "shapes",
            ["split"] = "dev",
            ["comment"] = "nan",
            ["image"] = image,
        }, Letter(right), Letter(right + 1))),
        ["mmstar"] = (i, image) => Choice(i, (question, options, right) => new(new
        {
            index = i,
            question = $"{question}\nOptions: {string.Join(", ", options.Select((option, at) => $"{Letter(at)}: {option}"))}",
            answer = Letter(right),
            category = i % 2 == 0 ? "coarse perception" : "math",
            l2_category = i % 2 == 0 ? "image style & quality" : "geometry",
            meta_info = new { source = "shapes", split = "val", image_path = image },
            image,
        }, Letter(right), Letter(right + 1))),
        ["seedbench"] = (i, image) => Choice(i, (question, options, right) => new(new
        {
            question_id = $"{101669 + i}",
            question,
            choice_a = options[0],
            choice_b = options[1],
            choice_c = options[2],
            choice_d = options[3],
            answer = Letter(right),
            data_type = "image",
            question_type_id = 2 + (i % 2),
            data_id = $"{i}",
            image = (string[])[image],
        }, Letter(right), Letter(right + 1))),
        ["mmmu"] = (i, image) => i % 3 == 2 ? Count(i, (question, number, wrong) => new(new
        {
            id = $"validation_Design_{i}",
            question = $"<image 1> {question}",
            options = "[]",
            answer = number,
            question_type = "open",
            subfield = "Counting",
            topic_difficulty = "Easy",
            image_1 = image,
        }, number, wrong)) : Choice(i, (question, options, right) => new(new
        {
            id = $"validation_Art_{i}",
            question = $"{question} <image 1>",
            options = $"['{string.Join("', '", options)}']",
            answer = Letter(right),
            question_type = "multiple-choice",
            subfield = "Colours",
            topic_difficulty = "Medium",
            image_1 = image,
        }, $"({Letter(right)})", $"({Letter(right + 1)})")),
        ["pope"] = (i, image) =>
        {
            Example example = Ask("exists", i);
            return new(new
            {
                id = $"{i}",
                question_id = $"{i}",
                question = example.Question,
                answer = example.Answer,
                image_source = $"shapes_{i}",
                category = (i % 3) switch { 0 => "adversarial", 1 => "popular", _ => "random" },
                image,
            }, example.Answer, example.Answer == "yes" ? "no" : "yes");
        },
        ["clevr"] = (i, image) => Count(i, (question, number, wrong) => new(new
        {
            question_index = i,
            question,
            answer = number,
            image_filename = image,
            question_family_index = 1,
            split = "val",
        }, number, wrong)),
        ["superclevr"] = (i, image) => Count(i, (question, number, wrong) => new(new
        {
            image_path = image,
            question,
            ground_truth = int.Parse(number, CultureInfo.InvariantCulture),
        }, number, wrong)),
        ["nlvr2"] = (i, image) =>
        {
            Example example = Ask("exists", i);
            string label = example.Answer == "yes" ? "True" : "False";
            return new(new
            {
                identifier = $"dev-{i / 2}-{i % 2}-0",
                sentence = $"{example.Question} That is so in both images.",
                label,
                left_image = image,
                right_image = image,
            }, label, label == "True" ? "false" : "true");
        },
        ["geometry3k"] = (i, image) => Choice(i, (question, options, right) => new(new
        {
            images = (string[])[image],
            problem = $"<image>{question}",
            choices = options,
            ground_truth = Letter(right),
        }, Letter(right), Letter(right + 1))),
        ["refcoco"] = (i, image) => Refer(i, image),
        ["refcoco+"] = (i, image) => Refer(i, image),
        ["refcocog"] = (i, image) => Refer(i, image),
        ["coco_detection"] = Detect,
        ["screenspot"] = (i, image) => Click(i, image),
        ["screenspot_v2"] = (i, image) => Click(i, image),
        ["screenspot_pro"] = (i, image) => Click(i, image),
        ["coco_caption"] = (i, image) => Caption(i, captions => new
        {
            question_id = $"COCO_val2014_{203564 + i:000000000000}.jpg",
            question = "Please carefully observe the image and come up with a caption for the image",
            answer = captions,
            id = 37 + i,
            file_name = $"COCO_val2014_{203564 + i:000000000000}.jpg",
            image,
        }),
        ["flickr30k"] = (i, image) => Caption(i, captions => new
        {
            caption = captions,
            sentids = captions.Select((_, at) => $"{(5 * i) + at}"),
            img_id = $"{i}",
            filename = image,
            image,
        }),
        ["mathvista"] = (i, image) => i % 2 == 0 ? Count(i, (question, number, wrong) => new(
            Vista(i, image, question, "free_form", "integer", null, number), number, wrong))
            : Choice(i, (question, options, right) => new(
                Vista(i, image, question, "multi_choice", "text", options, options[right]), options[right], options[(right + 1) % Options])),
        ["mathverse"] = (i, image) => Count(i, (question, number, wrong) => new(new
        {
            sample_index = $"{i + 1}",
            problem_index = $"{(i / 5) + 1}",
            problem_version = i % 2 == 0 ? "Text Dominant" : "Vision Only",
            question,
            image,
            answer = number,
            question_type = "free-form",
            metadata = new { split = "testmini", source = "shapes", subject = "Plane Geometry", subfield = "Counting" },
            query_wo = $"Please directly answer the question and provide the final value, e.g., 1, 2.5, 300.\nQuestion: {question}",
            query_cot = $"Please first conduct reasoning, and then answer the question and provide the final value.\nQuestion: {question}",
            question_for_eval = question,
        }, $"The answer is {number}.", $"The answer is {wrong}.")),
        ["nocaps"] = (i, image) => Caption(i, captions => new
        {
            image_id = i,
            image_file_name = image,
            annotations_captions = captions,
            image,
        }),
    };

    /// <summary>The drawing of a row.</summary>
    public static byte[] Drawing(string benchmark, int i) => ImageCodec.EncodePng(Ask(KindOf(benchmark, i), i).Images[0].Decode("drawn"));

    /// <summary>Which of the generator's questions a row is made of.</summary>
    public static string KindOf(string benchmark, int i) => benchmark switch
    {
        "pope" or "nlvr2" => "exists",
        "chartqa" or "clevr" or "superclevr" or "mathverse" => "count",
        "mmmu" when i % 3 == 2 => "count",
        "mathvista" when i % 2 == 0 => "count",
        "coco_detection" => "ground",
        _ when benchmark.StartsWith("refcoco", StringComparison.Ordinal) || benchmark.StartsWith("screenspot", StringComparison.Ordinal) => "ground",
        _ => "color",
    };

    /// <summary>Lines of a file.</summary>
    public static string Lines(IEnumerable<MadeRow> rows) => string.Concat(rows.Select(row => JsonSerializer.Serialize(row.Fields, s_json) + "\n"));

    private static Example Ask(string kind, int i) => Shapes.Example(5, Split.Test, i, new ShapesOptions { Kinds = [kind] });

    private static MadeRow Color(int i, Func<string, string, string, MadeRow> row)
    {
        Example example = Ask("color", i);
        return row(example.Question, example.Answer, example.Answer == "red" ? "zebra crossing" : "dark elephant");
    }

    // Five that PTB's words are the same of: a caption like them earns all.
    private static MadeRow Caption(int i, Func<string[], object> fields)
    {
        Example example = Ask("color", i);
        string said = $"a {example.Answer} thing of drawing {i} is seen";
        string[] captions = [said, $"{said}.", $"A{said[1..]}", $"A{said[1..]}.", $"{said} !"];
        return new(fields(captions), said, "zebra crossing");
    }

    private static MadeRow Count(int i, Func<string, string, string, MadeRow> row)
    {
        Example example = Ask("count", i);
        return row(example.Question, ((Truth.Number)example.Truth).Answer.ToString(CultureInfo.InvariantCulture), "99");
    }

    private static object Vista(int i, string image, string question, string kind, string type, string[]? choices, string answer) => new
    {
        pid = $"{i + 1}",
        question,
        image,
        decoded_image = image,
        choices,
        unit = (string?)null,
        precision = (double?)null,
        answer,
        question_type = kind,
        answer_type = type,
        metadata = new { category = "general-vqa", context = "synthetic scene", grade = "elementary school", language = "english", skills = (string[])["arithmetic reasoning"], source = "shapes", split = "testmini", task = "visual question answering" },
        query = $"Question: {question}",
    };

    // Three other colours, the right one in a place of its own.
    private static MadeRow Choice(int i, Func<string, string[], int, MadeRow> row)
    {
        Example example = Ask("color", i);
        List<string> options = [.. s_colors.Where(color => color != example.Answer).Skip(i % 5).Take(Options - 1)];
        options.Insert(i % Options, example.Answer);
        return row(example.Question, [.. options], i % Options);
    }

    private static MadeRow Refer(int i, string image)
    {
        Example example = Ask("ground", i);
        Box box = ((Truth.Region)example.Truth).Box;
        return new(new
        {
            question_id = $"{469306 + i}",
            question = "Please carefully observe the area.",
            answer = (string[])[example.Question],
            split = i % 2 == 0 ? "testA" : "testB",
            bbox = (double[])[box.X1, box.Y1, box.X2 - box.X1, box.Y2 - box.Y1],
            image,
        }, "", "[0, 0, 0, 0]");
    }

    // Shapes under the names of COCO's that look most like them, and asked for by these alone: small models read short prompts.
    private static MadeRow Detect(int i, string image)
    {
        Scene scene = Shapes.Scene(5, Split.Test, i, new ShapesOptions { Kinds = ["ground"] })!;
        (int Category, Box Box)[] objects = [.. scene.Items.Select(item => ((int)item.Appearance.Shape, Shapes.BoxOf(item)))];
        return new(new
        {
            image_id = 139 + i,
            width = scene.Size,
            height = scene.Size,
            objects = new
            {
                bbox_id = objects.Select((_, at) => (100 * i) + at),
                category = objects.Select(one => one.Category),
                bbox = objects.Select(one => (double[])[one.Box.X1, one.Box.Y1, one.Box.X2, one.Box.Y2]),
                area = objects.Select(one => one.Box.Area),
            },
            categories = s_things,
            image,
        }, JsonSerializer.Serialize(objects.Select(one => new
        {
            bbox_2d = (double[])[one.Box.X1, one.Box.Y1, one.Box.X2, one.Box.Y2],
            label = s_things[one.Category],
        })), """[{"bbox_2d": [0, 0, 1, 1], "label": "tv"}]""");
    }

    private static MadeRow Click(int i, string image)
    {
        Example example = Ask("ground", i);
        Box box = ((Truth.Region)example.Truth).Box;
        return new(new
        {
            id = $"{i}",
            file_name = $"web_{i}.png",
            instruction = $"open {i}",
            bbox = (double[])[box.X1, box.Y1, box.X2 - box.X1, box.Y2 - box.Y1],
            data_type = i % 2 == 0 ? "text" : "icon",
            data_source = "windows",
            image,
        }, "", "x=-1, y=-1");
    }

    private static string[] Ten(string color) => [.. Enumerable.Repeat(color, 9), "other"];

    private static string Letter(int option) => ((char)('A' + (option % Options))).ToString();
}
