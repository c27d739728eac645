"""One spelling for what people type in many: width, case, traditional characters, addresses."""

import re
import unicodedata

NUMBER = "\u25a1"
"""Stands for a number whose value says nothing about the matter."""
PLACE = "\u25c7"
"""Stands for a part of an address."""

# Traditional characters that residents' matters use, each followed by its simplified form.
_TRADITIONAL = (
    "樓楼燈灯壞坏電电車车門门氣气熱热凍冻衛卫廁厕倉仓運运掃扫髒脏亂乱貼贴廣广場场聲声響响鬧闹鄰邻"
    "裝装牆墙頂顶間间鎖锁鐵铁欄栏線线纜缆變变壓压漲涨費费錢钱繳缴補补貧贫養养齡龄殘残療疗醫医藥药"
    "險险證证戶户學学業业師师員员態态訴诉舉举報报問问題题請请幫帮買买賣卖過过貨货換换護护顧顾獨独"
    "處处兒儿孫孙媽妈爺爷們们個个這这裡里裏里邊边點点時时開开關关沒没還还對对說说話话聽听見见覺觉"
    "樹树葉叶蟲虫雞鸡鳥鸟貓猫鴿鸽羣群違违佔占蓋盖棟栋層层號号單单區区鄉乡鎮镇縣县國国務务辦办書书"
    "圖图館馆絡络網网訊讯詢询應应該该誰谁麼么為为與与從从來来後后會会將将當当經经給给結结離离調调"
    "決决議议選选價价錯错誤误無无條条滿满漬渍潔洁淨净濕湿滲渗濺溅溝沟溫温濃浓煙烟塵尘災灾滅灭燒烧"
    "爐炉煉炼傷伤癱瘫瘋疯癡痴聾聋啞哑輪轮輔辅導导專专託托膽胆腳脚臟脏腫肿臉脸頭头髮发餓饿飯饭麵面"
    "飲饮賬账賠赔償偿貸贷質质購购遞递郵邮駐驻驅驱騙骗驚惊騷骚擾扰馬马駛驶騎骑嗎吗嘆叹嚴严團团園园"
    "圍围墳坟壘垒夠够夢梦婦妇嬰婴寶宝審审寫写寬宽屆届屬属島岛幾几廠厂廳厅張张強强彈弹歸归徑径復复"
    "徵征懸悬慶庆憂忧憑凭懶懒戲戏戰战掛挂採采揚扬搶抢損损攝摄擊击擔担據据擠挤擴扩攔拦擺摆數数斷断"
    "於于昇升曬晒曉晓暫暂機机殺杀權权檢检橋桥櫃柜歡欢歲岁歷历毀毁氾泛沖冲況况洩泄淚泪淺浅測测湧涌"
    "滾滚漁渔潑泼澆浇濫滥灣湾狀状獎奖環环產产畫画異异盜盗監监盤盘眾众睏困礦矿禮礼種种積积穩稳窩窝"
    "竊窃筆笔節节範范築筑簡简簽签糧粮糾纠約约級级紙纸細细終终組组絕绝統统維维緊紧緩缓編编練练縫缝"
    "總总織织繩绳續续罰罚罵骂習习職职聯联肅肃腦脑膠胶臨临舊旧艙舱艱艰莊庄萬万蒼苍藝艺蘭兰虧亏術术"
    "衝冲襲袭觸触計计訂订認认討讨訓训記记設设許许試试詐诈評评語语課课談谈論论諮咨講讲謝谢識识譯译"
    "讓让財财責责貴贵賀贺資资賓宾賞赏賺赚贈赠趕赶跡迹踐践躍跃軌轨軟软較较載载輕轻輛辆輸输轉转農农"
    "連连進进遊游達达遠远適适遲迟遷迁鄭郑釋释針针鈴铃銀银銷销鋪铺鋼钢錄录鍋锅鍵键鐘钟閃闪閉闭閒闲"
    "閱阅陽阳陰阴陳陈隊队階阶際际隨随隱隐雜杂難难雲云霧雾靜静頁页順顺預预領领頻频顆颗願愿類类風风"
    "飛飞飄飘餘余駕驾鬆松鬥斗魚鱼鮮鲜麥麦黃黄齊齐齒齿龍龙"
)
_SIMPLIFY = str.maketrans(_TRADITIONAL[::2], _TRADITIONAL[1::2])

# Numbers people call; their value is the matter itself, so they are not masked.
_HOTLINES = r"(?<!\d)(?:110|119|120|122|12315|12333|12345|12348|12356|12393|4050|95598|96333)(?!\d)"
_NUMERAL = r"[0-9a-z零一二三四五六七八九十百两]+"
_ROAD = r"[\u4e00-\u9fff]{0,3}?[\u4e00-\u9fff](?:东|西|南|北|中)?(?:路|街|巷|道)(?:东|西|南|北|中)?"
_UNIT = r"(?:号楼|号院|号|#楼?|栋|幢|座|单元|室|组|门洞)"
_ADDRESS = re.compile(
    rf"(?:{_ROAD}\s*)?(?:第?{_NUMERAL}\s*{_UNIT}[\s,-]*)+(?:[0-9]{{1,4}}(?![0-9%.]))?(?:室|户)?"
)
_NAMED_ROAD = re.compile(
    r"[\u4e00-\u9fff]{1,2}(?:东|西|南|北|中)(?:路|街|巷)(?:东|西|南|北)?(?:社区)?"
)
_NAMED_ESTATE = re.compile(
    r"(?<![\u4e00-\u9fff])(?![我你他她它咱俺本该这那哪老整全各旧社])[\u4e00-\u9fff]{2,4}(?:社区|小区|家属院)"
)
_ADDRESS_EN = re.compile(
    r"\b(?:building|block|unit|entrance|room|flat|apartment|apt|no)\.?\s*(?:no\.?\s*)?[0-9]+[a-z]?\b"
)
_FLOOR = re.compile(rf"{_NUMERAL}(?=(?:楼|层)(?!道|梯|顶|板))")
_DIGITS = re.compile(rf"(?P<keep>{_HOTLINES})|[0-9]+(?:[.:/-][0-9]+)*")
_REPEAT = re.compile(r"(.)\1{2,}")
_SPACE = re.compile(r"\s+")
_CJK_GAP = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_MAX_CHARACTERS = 1000


def plain(text: str) -> str:
    """Half width, lower case, simplified characters, single spaces; at most 1,000 characters.

    Control and format characters are dropped. Numbers and addresses are kept, so the result
    serves the emergency rules, which look for phrases.
    """
    folded = unicodedata.normalize("NFKC", text[: _MAX_CHARACTERS * 2]).lower()
    folded = folded.translate(_SIMPLIFY).replace("\u2019", "'")
    kept = "".join(
        " " if char.isspace() else char
        for char in folded
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    return _SPACE.sub(" ", kept).strip()[:_MAX_CHARACTERS]


def neutral(text: str) -> str:
    """`plain`, with addresses and numbers masked, so that a doorway never decides a category."""
    masked = _REPEAT.sub(r"\1\1", plain(text))
    masked = _CJK_GAP.sub(",", masked)
    masked = _ADDRESS.sub(PLACE, masked)
    masked = _NAMED_ROAD.sub(PLACE, masked)
    masked = _NAMED_ESTATE.sub(PLACE, masked)
    masked = _ADDRESS_EN.sub(PLACE, masked)
    masked = _FLOOR.sub(NUMBER, masked)
    masked = _DIGITS.sub(lambda match: match["keep"] or NUMBER, masked)
    return re.sub(rf"{PLACE}(?:[\s,]*[{PLACE}{NUMBER}])+", PLACE, masked)
